"""Which fields translated files may set, and which are copied from the original."""

from django.conf import settings
from wagtail_localize.fields import SynchronizedField, get_translatable_fields

from content_files.errors import ErrorCollector
from content_files.page_file import PageFile
from content_files.schema import TRANSLATION_FIELDS, FileType

LANGUAGES = tuple(code for code, _language in settings.LANGUAGES[1:])
TRANSLATED_SETTINGS = ("tagline", "footer_note")  # fields of the site settings


def allowed_fields(page: PageFile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the model fields and the other front matter keys that a translation may have."""
    fields = [name for name in page.file_type.fields if name not in page.file_type.consent_fields]
    other_keys = TRANSLATED_SETTINGS if page.name == "home" else ("slug",)
    return (*fields, *TRANSLATION_FIELDS), other_keys


def copied_fields(file_type: FileType) -> set[str]:
    """The fields that a translation takes from its original unless the translated file sets them.

    The CMS synchronizes the same fields. Consent is not copied, because the translation has the
    consent record of its original.
    """
    translatable = {
        field.field_name
        for field in get_translatable_fields(file_type.model)
        if not isinstance(field, SynchronizedField)
    }
    return {*file_type.fields} - translatable - {*file_type.consent_fields}


def copy_shared_values(pages: dict[str, PageFile], errors: ErrorCollector) -> None:
    """Copy untranslatable values from the original: pictures, dates, links."""
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
        for name in copied_fields(page.file_type) & original.values.keys():
            page.values.setdefault(name, original.values[name])
