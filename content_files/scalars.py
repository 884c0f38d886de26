"""Parses single values and lists for fields and blocks. Raises ContentError."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone

from consent.models import validate_day
from content_files.errors import ContentError
from content_files.yaml_lines import Items, Text, Value

# How to write the values, for the table in the documentation.
TEXT, MARKDOWN, EMAIL, URL = "text", "Markdown", "an email address", "a URL"
BOOLEAN, INTEGER, NUMBER = "`true` or `false`", "a whole number", "a number"
DATE, DATETIME, TIME = "`2026-01-31`", "`2026-01-31 18:30`", "`18:30`"


def expect_text(value: Value) -> Text:
    if not isinstance(value, Text):
        raise ContentError("expected text, not a list or fields.", value.line)
    return value


def expect_items(value: Value) -> Items:
    if isinstance(value, Text) and not value:
        return Items()
    if not isinstance(value, Items):
        raise ContentError(
            "expected a list: [one, two], or lines that begin with “- ”.", value.line
        )
    return value


def check_choice(text: Text, choices: Iterable[tuple[object, object]]) -> None:
    """Check that `text` is empty or one of `choices`, pairs of value and label."""
    known = [str(value) for value, _label in choices if value not in ("", None)]
    if text and text not in known:
        raise ContentError(f"“{text}” is not one of: {', '.join(known)}.", text.line)


def describe_choices(choices: Iterable[tuple[object, object]]) -> str:
    return ", ".join(f"`{value}`" for value, _label in choices if value not in ("", None))


def parse_boolean(text: Text) -> bool:
    if text not in {"true", "false"}:
        raise ContentError(f"“{text}” is not true or false.", text.line)
    return text == "true"


def parse_date(text: Text) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ContentError(f"“{text}” is not a date such as 2026-01-31.", text.line) from error
    _check_day(found, text)
    return found


def _check_day(found: date, text: Text) -> None:
    try:
        validate_day(found)
    except ValidationError as error:
        raise ContentError(error.message, text.line) from error


def parse_time(text: Text) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise ContentError(f"“{text}” is not a time such as 18:30.", text.line) from error


def parse_datetime(text: Text) -> datetime:
    """Parse a date and time, by default in the site's time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or ":" not in text:  # Python would read a date without a time as midnight
        reason = f"“{text}” is not a date and time such as 2026-01-31 18:30."
        raise ContentError(reason, text.line)
    _check_day(found, text)
    zone = timezone.get_default_timezone()
    return found if timezone.is_aware(found) else timezone.make_aware(found, zone)
