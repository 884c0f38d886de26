"""Finds pages that are due for review and emails their owners."""

import logging
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.models import Page, get_page_models
from wagtail.query import PageQuerySet

from consent.mixins import HasConsent
from staff.mail import MAIL_ERRORS, mail
from staff.models import User

if TYPE_CHECKING:
    from typing import TypedDict

    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    class _Due(TypedDict):
        next_review: date

    PageDue = WithAnnotations[Page, _Due]

logger = logging.getLogger("django.schedule")


class ReviewMail(models.Model):
    """Records that a page's owner got an email about a due review; once per due date."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField()

    class Meta:
        verbose_name = gettext_lazy("review email")
        constraints = [
            models.UniqueConstraint("page", "due_on", name="one_review_mail_a_date"),
        ]

    def __str__(self) -> str:
        return f"{self.page_id}, {self.due_on}"


def due_by(day: date, pages: PageQuerySet | None = None) -> "QuerySet[PageDue]":
    """The live pages whose next review is on `day` or before, the longest overdue first."""
    dates = [
        f"{model._meta.model_name}__next_review"
        for model in get_page_models()
        if hasattr(model, "next_review")
    ]
    found = Page.objects.all() if pages is None else pages
    return (
        found.live()
        .annotate(next_review=Coalesce(*dates))
        .filter(next_review__lte=day)
        .select_related("owner", "content_type")
        .order_by("next_review", "title")
    )


def mail_owners() -> int:
    """Emails owners about due pages, once per due date. Returns the number of emails."""
    sent_mails = ReviewMail.objects.filter(
        page=models.OuterRef("pk"), due_on=models.OuterRef("next_review")
    )
    by_owner: dict[User, list[PageDue]] = defaultdict(list)
    for page in due_by(localdate()).filter(~models.Exists(sent_mails)):
        for owner in User.recipients_for(page.owner):
            by_owner[owner].append(page)
    sent = 0
    for owner, pages in by_owner.items():
        try:
            _mail(owner, pages)
            sent += 1
        # The mail server is down or rejects the recipient; the next run tries again.
        except MAIL_ERRORS:
            logger.exception("Could not email a page owner about a review")
    return sent


@transaction.atomic
def _mail(owner: User, pages: "list[PageDue]") -> None:
    """Send one email. If this fails, the ReviewMails are rolled back.

    If a page has no reachable owner, several administrators get an email about it. Only the first
    of these emails creates the ReviewMail.
    """
    for page in pages:
        ReviewMail.objects.get_or_create(page=page, due_on=page.next_review)
    mail([owner], lambda: _message(pages))


def _message(pages: "list[PageDue]") -> tuple[str, str]:
    lines = [
        f"{_page_label(page)}, {date_format(page.next_review)}\n"
        f"{settings.WAGTAILADMIN_BASE_URL}{reverse('wagtailadmin_pages:edit', args=[page.pk])}\n"
        for page in pages
    ]
    subject = ngettext("A page is due for review", "%(count)d pages are due for review", len(pages))
    advice = _(
        "Read each page as if you knew nothing about the subject. Correct what has changed. "
        "Under “Promote”, enter the dates of this review and of the next one."
    )
    return subject % {"count": len(pages)}, "\n".join([*lines, advice, ""])


def _page_label(page: Page) -> str:
    """Title of the page in an email; for page types that need consent, only the type.

    A withdrawal cannot erase emails that were sent.
    """
    if issubclass(page.specific_class, HasConsent):
        return str(page.specific_class._meta.verbose_name).capitalize()
    return page.title
