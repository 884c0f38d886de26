"""One rule on every path: a page with a reason to stay a draft cannot become public."""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.db.models.signals import pre_save
from django.dispatch import receiver
from wagtail.models import Page
from wagtail.signals import page_published

from editorial.models import BasePage
from editorial.picture_uses import picture_uses
from editorial.translations.status import is_untranslated_alias


class PublishingRefused(PermissionDenied):
    """A page was kept from readers; the message says why.

    PermissionDenied, because Wagtail's admin answers that with a message and no error page.
    """


@receiver(pre_save)
def keep_as_draft(
    sender: type[Model],
    instance: Model,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **kwargs: object,
) -> None:
    """Looks at each page that is saved as live: all that publishes ends in a save."""
    if raw or not isinstance(instance, Page) or not instance.live:
        return
    if update_fields is not None and "live" not in update_fields:
        return
    if is_untranslated_alias(instance):
        instance.live = False  # not refused: such stand-ins are made and renewed by the way
    elif messages := publishing_error_messages(instance):
        raise PublishingRefused(f"{instance.title}: {' '.join(messages)}")


@receiver(page_published)
def make_missing_renditions(instance: Page, **kwargs: object) -> None:
    """No reader waits for a picture, and none is encoded while somebody reads."""
    if isinstance(instance, BasePage):
        for use in picture_uses(instance):
            if use.picture.missing:
                use.picture.make_first_size()


def publishing_error_messages(page: Page) -> list[str]:
    """The sentences alone, each once."""
    if type(page) is Page:  # as a plain page it is saved by moves; it shows nothing new
        if not page.pk or Page.objects.filter(pk=page.pk, live=True).exists():
            return []
        page = page.specific
    if not isinstance(page, BasePage):
        return []
    return list(dict.fromkeys(sentence for _field, sentence in page.publishing_errors()))
