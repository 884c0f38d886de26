from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.models import Page
from wagtail.signals import page_unpublished

# Actions in the page history.
CREATED, ENDED = "editorial.draft_link.create", "editorial.draft_link.end"


class DraftLinkQuerySet(models.QuerySet):
    def valid(self) -> Self:
        return self.filter(created_at__gt=timezone.now() - _validity())

    def expired(self) -> Self:
        return self.filter(created_at__lte=timezone.now() - _validity())


class DraftLink(models.Model):
    """A temporary URL that shows the newest draft of a page to people without an account."""

    wagtail_reference_index_ignore = True

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="draft_links")
    key = models.UUIDField(default=uuid4, unique=True)
    label = models.CharField(
        _("who gets the link"),
        max_length=60,
        blank=True,
        help_text=_(
            "A few words, such as “the person”, “first reading” or “local radio”. You do not need "
            "to enter a name."
        ),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = DraftLinkQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.page}, {self.created_at:%Y-%m-%d}"

    @property
    def token(self) -> str:
        """Signed key, so that a stolen copy of this database gives no access to drafts."""
        return _signer().sign(self.key.hex)

    @property
    def url(self) -> str:
        return settings.SITE_URL + reverse("shared_draft", args=[self.token])

    @property
    def ends_at(self) -> datetime:
        return self.created_at + _validity()

    @classmethod
    def create(cls, page: Page, user: AbstractUser, label: str) -> "DraftLink":
        """Create a link, with an entry in the history of its page. The entry contains no label."""
        with transaction.atomic():
            link = cls.objects.create(page=page, created_by=user, label=label)
            log(instance=page, action=CREATED, user=user)
        return link

    @classmethod
    def find(cls, token: str) -> "DraftLink | None":
        """The link of a token; None if the token is forged or the link was ended or has expired."""
        try:
            key = UUID(_signer().unsign(token))
        except (BadSignature, ValueError):
            return None
        return cls.objects.valid().filter(key=key).select_related("page").first()


@transaction.atomic
def end(links: models.QuerySet[DraftLink], user: AbstractUser | None = None) -> None:
    """Delete these links, each with an entry in the history of its page.

    Without a `user`, Wagtail's log names the user of the current CMS request, if there is one.
    """
    for link in links.select_for_update(of=["self"]).select_related("page"):
        link.delete()
        data = {"created_at": link.created_at.isoformat()}
        log(instance=link.page.specific_deferred, action=ENDED, user=user, data=data)


@receiver(page_unpublished)
def end_links_of_unpublished_page(instance: Page, **kwargs: object) -> None:
    end(DraftLink.objects.filter(page=instance.pk))


def _validity() -> timedelta:
    return timedelta(days=settings.DRAFT_LINK_DAYS)


def _signer() -> Signer:
    return Signer(sep=".", salt="editorial.DraftLink")
