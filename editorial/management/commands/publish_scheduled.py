import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from wagtail.management.commands import publish_scheduled
from wagtail.models import Page, Revision

from consent.mixins import HasConsent
from editorial.publishing.rules import PublishingRefused
from editorial.translations.schedule import original_of, waits_for_original

T = TypeVar("T")
logger = logging.getLogger("django.schedule")


class Command(publish_scheduled.Command):
    """Like Wagtail's command, but continues after a page that cannot be published."""

    help = (
        "Publishes and unpublishes scheduled pages. Emails staff about pages it could not publish."
    )

    def handle(self, *args: object, **options: object) -> None:
        if options["dryrun"]:
            super().handle(*args, **options)
            return
        now = timezone.now()
        expired = Page.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")
        due = Revision.page_revisions.filter(approved_go_live_at__lt=now)
        due = due.order_by("approved_go_live_at")
        failed = sum(
            [
                *(not _succeeds(_unpublish, page) for page in list(expired)),
                *(not _succeeds(_publish_or_cancel, each) for each in _originals_first(due)),
            ]
        )
        if failed:
            raise CommandError(f"Pages that could not be published or unpublished: {failed}")


def _succeeds(act: Callable[[T], None], item: T) -> bool:
    try:
        with transaction.atomic():
            act(item)
    except Exception:
        logger.exception("The schedule of a page could not be carried out")
        return False
    return True


def _unpublish(page: Any) -> None:
    page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def _originals_first(revisions: Iterable[Revision]) -> list[Revision]:
    """A translation may only go live after its original."""
    return sorted(revisions, key=lambda revision: original_of(_page(revision)) is not None)


def _page(revision: Revision) -> Any:
    return Page.objects.get(pk=revision.object_id)


def _publish_or_cancel(revision: Revision) -> None:
    if waits_for_original(_page(revision)):
        return  # the schedule of the original was changed or canceled
    if not _publish(revision):
        _cancel_schedule(revision)


def _publish(revision: Revision) -> bool:
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except (PublishingRefused, ValidationError):  # such as a slug that another page has taken
        return False
    return True


def _cancel_schedule(revision: Revision) -> None:
    page = revision.as_object()
    steward = page.record.steward if isinstance(page, HasConsent) else None
    people = {person.pk: person for person in (steward, revision.user, page.owner) if person}
    revision.approved_go_live_at = None
    revision.save(update_fields=["approved_go_live_at"])  # Wagtail logs the cancellation
    for pk in people:
        app.configure_task("mail_kept_as_draft").defer(page=page.pk, user=pk)
