"""Prevents pages with publishing errors from going live, no matter how they are saved."""

from collections.abc import Collection

from django.db.models import Model
from django.db.models.signals import pre_save
from django.dispatch import receiver
from wagtail.models import Page
from wagtail.signals import page_published

from consent.mixins import HasConsent
from editorial.models import BasePage
from editorial.picture_uses import picture_uses
from editorial.publishing.aliases import is_kept_down
from editorial.translations.status import is_untranslated_alias


class PublishingRefused(Exception):
    """A page could not be published; the message says why.

    Not a subclass of PermissionDenied, because Wagtail's admin would replace the message.
    """

    def __init__(self, page: Page, reasons: list[str]) -> None:
        super().__init__(f"{page.title}: {' '.join(reasons)}")
        self.page = page


@receiver(pre_save)
def check_publishing_rules(
    sender: type[Model],
    instance: Model,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **kwargs: object,
) -> None:
    """Checks each page that is saved as live, because every way to publish saves the page.

    Raises PublishingRefused if the page has publishing errors.
    """
    if raw or not isinstance(instance, Page) or not instance.live:
        return
    if update_fields is not None and "live" not in update_fields:
        return
    if is_untranslated_alias(instance) or is_kept_down(instance):
        instance.live = False  # not an error: Wagtail creates and updates such aliases itself
    elif messages := publishing_error_messages(instance):
        raise PublishingRefused(instance, messages)
    elif _is_alias_of_draft(instance):
        # Wagtail publishes the aliases of a page even if the page is only scheduled.
        instance.live = False


@receiver(pre_save)
def point_alias_at_original(sender: type[Model], instance: Model, **kwargs: object) -> None:
    """Points an alias of an alias in the same language at the original page.

    Such an alias is then public only while the original page is public.
    """
    if not isinstance(instance, Page):
        return
    original_pk = _original_pk(instance)
    while found := Page.objects.filter(pk=original_pk, locale=instance.locale_id).first():
        instance.alias_of_id = found.pk  # type: ignore[attr-defined]
        original_pk = _original_pk(found)


def _original_pk(page: Model) -> int | None:
    return page.alias_of_id  # type: ignore[attr-defined]


def _is_alias_of_draft(page: Page) -> bool:
    original_pk = _original_pk(page)
    return bool(original_pk) and Page.objects.filter(pk=original_pk, live=False).exists()


@receiver(page_published)
def make_missing_renditions(instance: Page, **kwargs: object) -> None:
    """Encodes the smallest missing rendition and queues the others, so that no reader waits."""
    if isinstance(instance, BasePage):
        for use in picture_uses(instance):
            if use.picture.missing:
                use.picture.make_first_size()


def publishing_error_messages(page: Page) -> list[str]:
    """Messages of the page's publishing errors, without duplicates."""
    # Wagtail saves a plain Page when it moves a page, which does not publish it.
    if type(page) is Page:
        if not page.pk or Page.objects.filter(pk=page.pk, live=True).exists():
            return []
        page = page.specific
    if not isinstance(page, BasePage):
        return []
    return list(dict.fromkeys(sentence for _field, sentence in page.publishing_errors()))


def first_publishing_error(page: Page) -> str:
    """The first reason why a page cannot be published; empty if there is none."""
    if isinstance(page, HasConsent) and isinstance(page, BasePage):
        # `publishing_errors` would join all consent errors to one long message.
        for _field, sentence in page.consent_errors(page.goes_live_on):
            return sentence
    return next(iter(publishing_error_messages(page)), "")
