"""Translated files, in a folder named after the language code: allowed and inherited fields."""

from django.conf import settings
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail.fields import StreamField

from content_files.errors import ErrorCollector
from content_files.page_file import PageFile
from content_files.schema import CONSENT_FIELDS

LANGUAGES = tuple(code for code, _language in settings.LANGUAGES[1:])
TRANSLATED_SETTINGS = ("tagline", "footer_note")  # of the site settings
# Fields that apply to one language only and are not copied from the original.
NOT_COPIED = {"checked_by", "unreviewed_translation"}


def allowed_fields(page: PageFile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the model fields and the other front matter keys that a translation may have."""
    fields = [name for name in page.file_type.fields if name not in CONSENT_FIELDS]
    return (*fields, "unreviewed_translation"), TRANSLATED_SETTINGS if page.name == "home" else (
        "slug",
    )


def copy_shared_values(pages: dict[str, PageFile], errors: ErrorCollector) -> None:
    """Copy untranslatable values from the original: pictures, dates, links, consent."""
    for page in pages.values():
        if not page.language:
            continue
        original = pages.get(page.name)
        if original is None:
            errors.add(
                page.file, 1, f"“{page.name}”, the original of this translation, is missing."
            )
            continue
        if page.parent and page.parent not in pages:
            errors.add(page.file, 1, f"“{page.parent}.md” is missing. Translate it first.")
        page.number, page.published_on = original.number, original.published_on
        for name, value in original.values.items():
            field = page.file_type.field(name)
            if name in CONSENT_FIELDS or not (name in NOT_COPIED or _is_translatable(field)):
                page.values.setdefault(name, value)


def _is_translatable(field: models.Field) -> bool:
    if isinstance(field, ParentalManyToManyField | models.URLField) or field.choices:
        return False
    return isinstance(field, models.CharField | models.TextField | StreamField)
