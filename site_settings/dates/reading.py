"""Reads dates and times as staff in the United States type them.

Raises `ValidationError` with a sentence for the editor. A date with two readings is an error.
"""

import re
import unicodedata
from datetime import date, datetime, time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import dates
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language, gettext, override

_MONTHS = (dates.MONTHS, dates.MONTHS_3, dates.MONTHS_AP, dates.MONTHS_ALT)
_WEEKDAYS = (dates.WEEKDAYS, dates.WEEKDAYS_ABBR)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/])(?P<month>\d{1,2})\2(?P<day>\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})(?P<sign>[-/.])(\d{1,2})(?P=sign)(\d{4})")
_MONTH_FIRST = re.compile(
    r"(?P<name>[^\W\d]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?(?:, ?| )(?P<year>\d{4})"
)
_DAY_FIRST = re.compile(
    r"(?:el )?(?P<day>\d{1,2})(?:st|nd|rd|th|\.?º|°|r?o|er)?(?: de| of)? "
    r"(?P<name>[^\W\d]+)\.?,?(?: de| del)? (?P<year>\d{4})",
    re.IGNORECASE,
)
_FIRST = re.compile(r"(^|el )primer[oa]?\b", re.IGNORECASE)
# The hyphens of “5-dic-2026”.
_AROUND_NAME = re.compile(r"(?<=\d)[-/](?=[^\W\d])|(?<=[^\W\d])[-/](?=\d)")
_WEEKDAY = re.compile(r"([^\W\d]+)\.?,? (?=\S*\d|[^\W\d]+\.? \d)")
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r" ?(?:(?P<half>[ap])\.? ?m\.?|de la (?P<part>[^\W\d]+)|(?P<unit>h|hs|hrs|horas)\.?)?"
)
# Spanish parts of the day: the hours that are said with them, and how many hours to add. Twelve in
# the morning and twelve at night have two readings.
_PARTS = {
    "madrugada": (range(1, 7), 0),
    "manana": (range(1, 12), 0),
    "tarde": (range(1, 9), 12),
    "noche": (range(6, 12), 12),
}
# Marks of the writing direction and the like, which other programs add to dates that are copied.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
MAX_LENGTH = 100  # characters; reading a long text would take minutes
# Between a date and a time, such as in “June 30, 2027 at 9:00 am”.
_JOINING = re.compile(r"[ ,T]+(?:at |a las? )?")


def read_date(text: str) -> date:
    """The day that `text` names, such as 2027-06-30, 06/30/2027 or June 30, 2027."""
    if found := _read_date(_cleaned(text)):
        return found
    words = gettext(
        "“%(text)s” is not a date. Write it as 06/30/2027 (the month first), 2027-06-30 or "
        "June 30, 2027."
    )
    raise ValidationError(words % {"text": text}, code="invalid")


def read_datetime(text: str) -> datetime:
    """The day and time that `text` names. It is naive unless `text` gives an offset from UTC."""
    cleaned = _cleaned(text)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\S+", cleaned):
        try:
            if found := parse_datetime(cleaned):
                if is_aware(found):
                    localtime(found)  # fails near the years 1 and 9999
                return found
        except (ValueError, OverflowError):
            pass
    day, clock = _split(cleaned)
    if day and not clock:
        words = gettext("Add the time to “%(text)s”, such as 9:00 am.")
        raise ValidationError(words % {"text": text}, code="invalid")
    if day and (moment := _read_time(clock)):
        return datetime.combine(day, moment)
    words = gettext(
        "“%(text)s” is not a date and time. Write it as 06/30/2027 9:00 am (the month first), "
        "2027-06-30 09:00 or June 30, 2027, 9 a.m."
    )
    raise ValidationError(words % {"text": text}, code="invalid")


def _cleaned(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise ValidationError(gettext("This text is too long for a date."), code="invalid")
    return " ".join(_INVISIBLE.sub("", text).split()).strip(" ,;")


def _split(text: str) -> tuple[date | None, str]:
    """The date at the beginning of `text` and what follows it."""
    for match in re.finditer(r"$|[ T,]", text):
        if day := _read_date(text[: match.start()]):
            return day, _JOINING.sub("", text[match.start() :], count=1)
    return None, ""


def _read_date(text: str) -> date | None:
    weekday = _WEEKDAY.match(text)
    if weekday and (number := _numbers(_WEEKDAYS).get(_plain(weekday[1]))) is not None:
        found = _read_date(text[weekday.end() :])
        if found and found.weekday() != number:
            words = gettext("“%(text)s” cannot be right: that day is a %(weekday)s.")
            names = {"text": text, "weekday": dates.WEEKDAYS[found.weekday()]}
            raise ValidationError(words % names, code="invalid")
        if found:
            return found  # “mar” is also March
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        # English dates with “/” or “-” have the month first, as in the United States. With periods,
        # or in another language, the day may come first.
        is_american = match["sign"] != "." and (get_language() or "en").startswith("en")
        if is_american or (second > 12 >= first) or first == second:
            return _day(year, first, second)
        if first > 12 >= second:
            return _day(year, second, first)
        if first <= 12 and second <= 12:
            words = gettext("“%(text)s” could be two days. Write the month as a word.")
            raise ValidationError(words % {"text": text}, code="invalid")
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(int(match["year"]), int(match["month"]), int(match["day"]))
    text = _AROUND_NAME.sub(" ", _FIRST.sub(r"\g<1>1", text))
    if match := _MONTH_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text):
        name = _plain(match["name"])
        month = _numbers(_MONTHS).get("septiembre" if name == "setiembre" else name)
        return _day(int(match["year"]), month, int(match["day"])) if month else None
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numbers(tables: tuple[dict, ...]) -> dict[str, int]:
    """Names of months or weekdays, in the languages of the site, with their numbers."""
    found: dict[str, int] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for table in tables:
                found |= {_plain(str(name)).strip("."): key for key, name in table.items()}
    return found


def _plain(name: str) -> str:
    """The name in lower case and without accents."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _read_time(text: str) -> time | None:
    text = _plain(text)
    if text in ("noon", "mediodia", "al mediodia"):
        return time(12)
    match = _TIME.fullmatch(text)
    if not match or not any(match.group("minute", "half", "part", "unit")):
        return None
    hour = int(match["hour"])
    if match["part"]:
        hours, added = _PARTS.get(match["part"], (range(0), 0))
        if hour not in hours:
            return None
        hour += added
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    try:
        return time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    except ValueError:
        return None
