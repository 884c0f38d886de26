"""Helpers that translate pages with wagtail-localize."""

from django.test import Client
from django.urls import reverse
from wagtail.models import Locale, Page
from wagtail_localize.models import StringSegment, StringTranslation, Translation
from wagtail_localize.operations import translate_object


def spanish() -> Locale:
    return Locale.objects.get_or_create(language_code="es")[0]


def begin(page: Page) -> Translation:
    """Submit the page for translation, which creates a Spanish draft without translations."""
    translate_object(page, [spanish()])
    return translation_of_page(page)


def translation_of_page(page: Page) -> Translation:
    return Translation.objects.get(source__object_id=page.translation_key)


def write(translation: Translation, **words: str) -> None:
    """Translate every segment.

    `words` has translations by path. The translation of any other segment is the original text
    followed by “ (es)”, or by “-es” in a slug.
    """
    for segment in StringSegment.objects.filter(source=translation.source):
        path = segment.context.path
        text = words.get(path) or (
            f"{segment.string.data}-es" if path == "slug" else f"{segment.string.data} (es)"
        )
        StringTranslation.objects.update_or_create(
            translation_of=segment.string,
            locale=translation.target_locale,
            context=segment.context,
            defaults={"data": text},
        )


def publish(client: Client, page: Page) -> Page:
    """Publish the Spanish page in its editor and return it."""
    translation = page.get_translation(spanish())
    client.post(reverse("wagtailadmin_pages:edit", args=[translation.pk]), {"action": "publish"})
    return type(page).objects.get(pk=translation.pk)


def translate(client: Client, page: Page, **words: str) -> Page:
    """Translate the page into Spanish and publish it."""
    write(begin(page), **words)
    return publish(client, page)
