"""Translated files, in a folder named after the language code: allowed and inherited fields."""

from django.conf import settings
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail.fields import StreamField

from content_files.errors import Mistakes
from content_files.page_file import PageFile
from content_files.schema import CONSENT

LANGUAGES = tuple(code for code, _language in settings.LANGUAGES[1:])
WORDS = ("tagline", "footer_note")  # of the site settings
# Fields that apply to one language only and are not copied from the original.
NOT_COPIED = {"checked_by", "unreviewed_translation"}


def fields_of(page: PageFile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the model fields and the other front matter keys that a translation may have."""
    fields = [name for name in page.kind.fields if name not in CONSENT]
    return (*fields, "unreviewed_translation"), WORDS if page.name == "home" else ("slug",)


def copy_shared_values(pages: dict[str, PageFile], mistakes: Mistakes) -> None:
    """Copy untranslatable values from the original: pictures, dates, links, consent."""
    for page in pages.values():
        if not page.language:
            continue
        original = pages.get(page.name)
        if original is None:
            mistakes.add(
                page.file, 1, f"“{page.name}”, the original of this translation, is missing."
            )
            continue
        if page.parent and page.parent not in pages:
            mistakes.add(page.file, 1, f"“{page.parent}.md” is missing. Translate it first.")
        page.number, page.published_on = original.number, original.published_on
        for name, value in original.values.items():
            field = page.kind.field(name)
            if name in CONSENT or not (name in NOT_COPIED or _is_translatable(field)):
                page.values.setdefault(name, value)


def _is_translatable(field: models.Field) -> bool:
    if isinstance(field, ParentalManyToManyField | models.URLField) or field.choices:
        return False
    return isinstance(field, models.CharField | models.TextField | StreamField)
