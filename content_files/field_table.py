"""The table of all files and their fields in docs/content-files.md."""

from collections.abc import Iterator
from typing import cast

from django.db import models
from django.utils.functional import Promise

from content_files import scalars
from content_files.field_parsers import describe_field, is_required
from content_files.schema import FILE_TYPES, SETTINGS_FIELDS, TRANSLATION_FIELDS, FileType
from editorial.models import BasePage
from site_settings.models import SiteSettings

HEAD = ("file", "field", "how to write it", "required", "default")
# How to write the values of `FileType.other_keys`, except the site settings.
OTHER_KEYS = {
    "language": "the site's main language",
    "slug": "lower-case words joined by hyphens",
    "published_on": scalars.DATE,
}


def markdown() -> str:
    """The table in Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *_rows()]
    return "\n".join(f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in row)}|" for row in rows)


def _file(file_type: FileType) -> str:
    path = file_type.files.path
    return f"`{path}…`" if file_type.files.is_folder else f"`{path}`"


def _rows() -> Iterator[tuple[str, ...]]:
    common = set()
    for file_type in FILE_TYPES:
        # Sort the fields, because their order differs between versions of Wagtail.
        for name in sorted(file_type.fields):
            without = [_file(one) for one in FILE_TYPES if name not in one.fields]
            if len(without) <= 1 and name not in common:
                common.add(name)
                yield " but ".join(["every page", *without]), *_columns(file_type.field(name))
    for file_type in FILE_TYPES:
        file = _file(file_type)
        for name in file_type.fields:
            if name not in common:
                yield file, *_columns(file_type.field(name))
        yield from ((file, *columns) for columns in _other_keys(file_type))
    for name in TRANSLATION_FIELDS:
        yield "translations", *_columns(cast("models.Field", BasePage._meta.get_field(name)))


def _other_keys(file_type: FileType) -> Iterator[tuple[str, ...]]:
    for name in file_type.other_keys:
        if name in SETTINGS_FIELDS:
            yield _columns(cast("models.Field", SiteSettings._meta.get_field(name)))
        else:
            yield f"`{name}`", OTHER_KEYS[name], "", ""


def _columns(field: models.Field) -> tuple[str, ...]:
    required = "yes" if is_required(field) else ""
    return f"`{field.name}`", describe_field(field), required, _default(field)


def _default(field: models.Field) -> str:
    if field.has_db_default() and not field.has_default():
        return "set by the database"
    if callable(field.default) and field.has_default():
        return "calculated"
    value = field.get_default() if field.has_default() else ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    is_shown = isinstance(value, str | int | float | Promise) and value != ""
    return f"`{value}`" if is_shown else ""
