"""Parses YAML and Markdown into values of model fields. The fields validate the values.

`PARSERS` has one row for each class of field that files can set. A subclass uses the row of its
nearest base class. `manage.py check` reports a field without a row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail.fields import RichTextField, StreamField

from content_files import block_parsers, scalars
from content_files.errors import ContentError
from content_files.rich_text import parse_rich_text
from content_files.scalars import check_choice, describe_choices, expect_items, expect_text
from content_files.targets import Ref, Targets, describe_target
from content_files.yaml_lines import Text, Value

if TYPE_CHECKING:
    from editorial.page_types import ContentFiles


@dataclass(frozen=True)
class FieldParser:
    """Parses values for one class of model field, and describes how files write them."""

    parse: Callable[[Any, Value, Targets], object]
    syntax: str | Callable[[Any], str]  # how to write a value, for the table in the documentation


def is_required(field: models.Field) -> bool:
    """Whether the field must have a value and has no default in the model or database."""
    if field.has_default() or field.has_db_default():
        return False
    return not (field.blank and (field.null or field.empty_strings_allowed))


def parse_field(field: models.Field, value: Value, targets: Targets) -> object:
    """Parse `value` for a model field. Raises ContentError."""
    parsed = _parser_of(field).parse(field, value, targets)
    is_missing = parsed is None and not field.null
    if is_missing or (parsed in (None, "", []) and not field.blank):
        raise ContentError(f"“{field.name}” is empty.", value.line)
    return parsed


def describe_field(field: models.Field) -> str:
    """Describe, in Markdown, how to write the field."""
    if field.choices:
        return describe_choices(field.flatchoices)
    syntax = _parser_of(field).syntax
    return syntax if isinstance(syntax, str) else syntax(field)


def unsupported_classes(field: models.Field) -> Iterator[str]:
    """The classes without a parser, by name: the class of the field and those of its blocks."""
    if not any(base in PARSERS for base in type(field).__mro__):
        yield type(field).__name__
    if isinstance(field, StreamField):
        yield from block_parsers.unsupported_blocks(field.stream_block)


def _scalar(parse: Callable[[Text], object] = str) -> Callable[[Any, Value, Targets], object]:
    def parse_scalar(field: models.Field, value: Value, targets: Targets) -> object:
        text = expect_text(value)
        if field.choices:
            check_choice(text, field.flatchoices)
        if not text and not field.empty_strings_allowed:
            return None
        try:
            return field.clean(parse(text), None)
        except ValidationError as error:
            raise ContentError(" ".join(error.messages), text.line) from error

    return parse_scalar


def _parse_stream(field: StreamField, value: Value, targets: Targets) -> list[dict]:
    return block_parsers.parse_stream(field.stream_block, value, targets)


def _parse_rich_text(field: RichTextField, value: Value, targets: Targets) -> str:
    return parse_rich_text(expect_text(value), targets)


def _parse_foreign_key(field: models.ForeignKey, value: Value, targets: Targets) -> Ref | None:
    text = expect_text(value)
    return targets.choose(field.related_model, text) if text else None


def _parse_pages(field: ParentalManyToManyField, value: Value, targets: Targets) -> list[Ref]:
    return list(_pages(field, value, targets))


def _pages(field: ParentalManyToManyField, value: Value, targets: Targets) -> Iterator[Ref]:
    folder = _folder_of(field.related_model)
    for text in map(expect_text, expect_items(value)):
        named = Text(text if "/" in text else folder + text)
        named.line = text.line
        yield targets.choose(field.related_model, named)


def _folder_of(model: type[models.Model]) -> str:
    """The folder of the model's files, so that `community` can mean `issues/community`."""
    files: ContentFiles | None = getattr(model, "content_files", None)
    return files.path if files and files.is_folder else ""


def _describe_pages(field: ParentalManyToManyField) -> str:
    folder = _folder_of(field.related_model)
    return f"a list of pages in `{folder}`" if folder else "a list of pages"


def _describe_stream(field: StreamField) -> str:
    return block_parsers.describe_stream(field.stream_block)


PARSERS: dict[type[models.Field], FieldParser] = {
    models.CharField: FieldParser(_scalar(), scalars.TEXT),
    models.TextField: FieldParser(_scalar(), scalars.TEXT),
    models.SlugField: FieldParser(_scalar(), "lower-case words joined by hyphens"),
    models.EmailField: FieldParser(_scalar(), scalars.EMAIL),
    models.URLField: FieldParser(_scalar(), scalars.URL),
    models.BooleanField: FieldParser(_scalar(scalars.parse_boolean), scalars.BOOLEAN),
    models.IntegerField: FieldParser(_scalar(), scalars.INTEGER),
    models.FloatField: FieldParser(_scalar(), scalars.NUMBER),
    models.DecimalField: FieldParser(_scalar(), scalars.NUMBER),
    models.DateField: FieldParser(_scalar(scalars.parse_date), scalars.DATE),
    models.DateTimeField: FieldParser(_scalar(scalars.parse_datetime), scalars.DATETIME),
    models.TimeField: FieldParser(_scalar(scalars.parse_time), scalars.TIME),
    models.ForeignKey: FieldParser(
        _parse_foreign_key, lambda field: describe_target(field.related_model)
    ),
    ParentalManyToManyField: FieldParser(_parse_pages, _describe_pages),
    RichTextField: FieldParser(_parse_rich_text, scalars.MARKDOWN),
    StreamField: FieldParser(_parse_stream, _describe_stream),
}


def _parser_of(field: models.Field) -> FieldParser:
    return next(PARSERS[base] for base in type(field).__mro__ if base in PARSERS)
