import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.management.commands import publish_scheduled
from wagtail.models import Revision

from consent.mixins import HasConsent
from editorial.publishing.rules import PublishingRefused
from staff.mail import MAIL_ERRORS, mail

logger = logging.getLogger("django.schedule")


class Command(publish_scheduled.Command):
    """Like Wagtail's command, but continues after a page that may not be published."""

    help = (
        "Publishes and unpublishes scheduled pages. Emails staff about pages it could not publish."
    )

    def handle(self, *args: object, **options: object) -> None:
        if not options["dryrun"]:
            due = Revision.page_revisions.filter(approved_go_live_at__lt=timezone.now())
            for revision in due.order_by("approved_go_live_at"):
                if not _publish(revision):
                    _cancel_schedule(revision)
        super().handle(*args, **options)  # unpublishes expired pages


def _publish(revision: Revision) -> bool:
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except (PublishingRefused, ValidationError):  # such as a slug that another page has taken
        return False
    return True


def _cancel_schedule(revision: Revision) -> None:
    page = revision.as_object()
    revision.approved_go_live_at = None
    revision.save(update_fields=["approved_go_live_at"])  # Wagtail logs the cancellation
    steward = page.record.steward if isinstance(page, HasConsent) else None
    people = (steward, revision.user, page.owner)
    url = settings.SITE_URL + reverse("wagtailadmin_pages:edit", args=[page.pk])
    try:
        mail(
            {person.email: person for person in people if person and person.email}.values(),
            lambda: (
                _("A page was not published"),
                _(
                    "A page was scheduled to be published now, but was kept as a draft. Open it "
                    "and press “Publish”. The form will show what is missing.\n\n%(address)s\n"
                )
                % {"address": url},
            ),
        )
    except MAIL_ERRORS:  # continue with the other pages if the mail server is down
        logger.exception("Could not email staff that a page was kept as a draft")
