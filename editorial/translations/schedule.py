"""A translation goes live with its original, not before it, and expires with it.

The editor of translations has no fields for a schedule. Wagtail copies the schedule of the original
when a translation is begun, and nobody would change the copy when the original is rescheduled.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Page, Revision
from wagtail.signals import page_published


def original_of(page: Page) -> Page | None:
    """The page in the main language of which this page is a translation."""
    if page.locale_id is None or page.locale.is_default:
        return None
    originals = Page.objects.filter(locale__language_code=settings.LANGUAGE_CODE)
    found = originals.filter(translation_key=page.translation_key).first()
    return cast("Page | None", found)


def schedule_of_original(page: Page) -> tuple[datetime | None, datetime | None]:
    """When the original goes live, if it is not live yet, and when it expires."""
    original = original_of(page)
    if original is None:
        return None, None
    scheduled: Revision | None = None if original.live else original.scheduled_revision
    if scheduled is None:
        return None, original.expire_at if original.live else None
    return scheduled.approved_go_live_at, scheduled.as_object().expire_at


def take_over_schedule(page: Page) -> None:
    """Store the present schedule of the original on a translation, for its next version."""
    page.go_live_at, page.expire_at = schedule_of_original(page)
    Page.objects.filter(pk=page.pk).update(go_live_at=page.go_live_at, expire_at=page.expire_at)


@receiver(page_published)
def bring_translations_forward(instance: Page, **kwargs: object) -> None:
    """Let scheduled translations go live in the next run, with the expiry of their original.

    The original may have been published earlier than it was scheduled.
    """
    if instance.locale_id is None or not instance.locale.is_default:
        return
    translations = instance.get_translations().filter(live=False).values_list("pk", flat=True)
    scheduled = Revision.page_revisions.filter(object_id__in=map(str, translations))
    for revision in scheduled.exclude(approved_go_live_at=None):
        expire_at = instance.expire_at and instance.expire_at.isoformat()
        revision.content |= {"go_live_at": None, "expire_at": expire_at}
        revision.approved_go_live_at = timezone.now()
        # An update, because Wagtail logs other saves of a schedule as its cancellation.
        Revision.objects.filter(pk=revision.pk).update(
            content=revision.content, approved_go_live_at=revision.approved_go_live_at
        )


def waits_for_original(page: Page) -> bool:
    """Whether the page is a translation whose original has never been published."""
    original = original_of(page)
    return original is not None and not original.live and original.last_published_at is None


def original_errors(page: Page) -> Iterator[tuple[str, str]]:
    """A publishing error if the page would go live before its original."""
    if page.live and page.pk and Page.objects.filter(pk=page.pk, live=True).exists():
        return
    if not waits_for_original(page):
        return
    original, own = schedule_of_original(page)[0], page.go_live_at
    if not (own and own > timezone.now() and original and original <= own):
        yield "title", gettext("Publish the original first, or schedule it.")
