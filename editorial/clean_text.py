"""Cleans text when it is saved, in the text fields of all models.

Text that was copied from other programs may contain characters that nobody sees and that other
programs reject, for example the vertical tab of PowerPoint. The fields themselves clean it, because
every way to save ends there: forms, drafts, content files, translations, and `update()`.
"""

import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models
from wagtail.blocks import StreamValue
from wagtail.fields import StreamField

# Control characters, halves of surrogate pairs, byte order marks, annotation marks, and code points
# that Unicode never assigns to characters. Soft hyphens, joiners and zero-width spaces stay,
# because languages need them.
_LAST_OF_PLANES = "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_INVALID = re.compile(
    f"[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb{_LAST_OF_PLANES}]"
)
_LINE_BREAK = re.compile("\r(?!\n)|[\v\f\x85\u2028\u2029]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS, _END_OF_EMBEDDING = "\u202a\u202b\u202d\u202e", "\u202c"
_ISOLATES, _END_OF_ISOLATE = "\u2066\u2067\u2068", "\u2069"
_SPACES = re.compile(r"\s{2,}|[\t\n\r]")
_AROUND_TEXT = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b"

# Models whose text is compared with other texts or names of files that nothing cleans.
UNCHANGED = {"search.SearchEntry", "content_files.LoadedFile"}


def clean_text(text: str) -> str:
    """`text` without invalid characters, without spaces around it, and with plain line breaks."""
    lines = _LINE_BREAK.sub("\n", _INVALID.sub("", text)).split("\n")
    cleaned = "\n".join(map(_without_unbalanced_marks, lines)).strip(_AROUND_TEXT)
    return text if cleaned == text else cleaned  # keep the object, which may be of a subclass


def clean_line(text: str) -> str:
    """`clean_text` in one line, with single spaces. A single no-break space stays."""
    cleaned = _SPACES.sub(" ", clean_text(text)).strip(_AROUND_TEXT)
    return text if cleaned == text else cleaned


def _without_unbalanced_marks(line: str) -> str:
    """`line` without directional marks that lack their other half: they would affect later text.

    https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
    """
    opened: list[re.Match] = []
    isolates = 0  # how many of `opened` are isolates
    balanced: set[int] = set()
    for mark in _BIDI.finditer(line):
        if mark[0] in _EMBEDDINGS or mark[0] in _ISOLATES:
            opened.append(mark)
            isolates += mark[0] in _ISOLATES
            continue
        if mark[0] == _END_OF_ISOLATE:  # also ends open embeddings within the isolate
            while isolates and opened[-1][0] in _EMBEDDINGS:
                opened.pop()
        starts = _EMBEDDINGS if mark[0] == _END_OF_EMBEDDING else _ISOLATES
        if opened and opened[-1][0] in starts:
            start = opened.pop()
            isolates -= start[0] in _ISOLATES
            balanced |= {start.start(), mark.start()}
    return _BIDI.sub(lambda mark: mark[0] if mark.start() in balanced else "", line)


def _clean_json(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean_json(item) for key, item in value.items()}
    return value


def _cleaner(field: models.Field) -> Callable[[Any], Any] | None:
    """The function that cleans the values of a field; None if the field has no text."""
    if isinstance(field, StreamField):
        return lambda value: _clean_stream(field, value)
    if isinstance(field, models.JSONField):
        return _clean_json
    if isinstance(field, models.CharField):
        return lambda value: clean_line(value) if isinstance(value, str) else value
    if isinstance(field, models.TextField):
        return lambda value: clean_text(value) if isinstance(value, str) else value
    return None


def _clean_stream(field: StreamField, value: Any) -> Any:
    stored = field.get_prep_value(value) if isinstance(value, StreamValue) else value
    cleaned = _clean_json(stored)
    return value if cleaned == stored else field.to_python(cleaned)


def _clean_when_saved(field: models.Field, clean: Callable[[Any], Any]) -> None:
    pre_save, get_db_prep_save = field.pre_save, field.get_db_prep_save

    def pre_save_clean(instance: models.Model, add: bool) -> Any:
        """Django calls this for `save()`, and Wagtail for the content of a draft."""
        value = pre_save(instance, add)
        cleaned = clean(value)
        if cleaned is not value:
            setattr(instance, field.attname, cleaned)
        return cleaned

    def get_db_prep_save_clean(value: Any, connection: Any) -> Any:
        """Django calls this for all that it writes, `update()` and `bulk_create()` included."""
        return get_db_prep_save(clean(value), connection)

    vars(field).update(pre_save=pre_save_clean, get_db_prep_save=get_db_prep_save_clean)


def clean_saved_text() -> None:
    """Make the text fields of all models clean what is saved. Call this once."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label not in UNCHANGED:
            for field in model._meta.local_concrete_fields:
                if clean := _cleaner(field):
                    _clean_when_saved(field, clean)
