from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime as parse
from django.utils.translation import override

from site_settings.dates.reading import read_date, read_datetime

DAYS = [
    *("2027-06-30", "2027/6/30", "06/30/2027", "6/30/2027", "6-30-2027", "30.6.2027", "6.30.2027"),
    *("June 30, 2027", "june 30 2027", "Jun 30, 2027", "Jun. 30,2027", "June 30th, 2027"),
    *("30 June 2027", "30 de junio de 2027", " Wednesday,  June 30, 2027 ", "Wed June 30 2027"),
    "\u200e6/30/2027\u200e\u200b",
]
NO_DAYS = [
    *("tonight", "06/31/2027", "30/06/2027", "6/30/27", "June 30", "May 2", "2027", "6.7.2027"),
    *("Monday, June 30, 2027", "2027-06", "12/01/20", "2027-06-30x", "06/30/20277", "summer 2027"),
]
TIMES = [
    *("9:00", "09:00", "9:00 am", "9:00am", "9 am", "9 a.m.", "9:00 A.M.", "at 9 am", "09:00:00"),
]
NO_TIMES = [
    "",
    "9",
    "25:00",
    "13:00 pm",
    "0 am",
    "9:60",
    "nine",
    "midnight",
    "9 am ET",
    "9:0",
    "9:",
]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("text", DAYS)
def test_day_is_read(text: str, language: str) -> None:
    if language == "es" and text.startswith("30 de"):
        text = text.replace("30 de", "miércoles, 30 de")
    with override(language):
        assert read_date(text) == date(2027, 6, 30)
        assert read_datetime(f"{text} 9:00 pm") == parse("2027-06-30 21:00")


@pytest.mark.parametrize("text", NO_DAYS)
def test_text_that_is_no_day_is_refused(text: str) -> None:
    for read in (read_date, read_datetime):
        with pytest.raises(ValidationError, match=f"“{text}”"):
            read(text)


@pytest.mark.parametrize("read", [read_date, read_datetime])
def test_long_text_is_refused_before_it_is_read(read: Callable) -> None:
    with pytest.raises(ValidationError, match="too long"):
        read("T" * 101)


@pytest.mark.parametrize("text", TIMES)
def test_time_is_read(text: str) -> None:
    for day in ("12/01/2026", "2026-12-01", "Dec. 1, 2026,", "Tuesday, December 1, 2026"):
        assert read_datetime(f"{day} {text}") == parse("2026-12-01 09:00")


def test_noon_and_midnight_are_read() -> None:
    assert read_datetime("12/01/2026 12 pm") == read_datetime("12/01/2026 noon")
    assert read_datetime("12/01/2026 12:00 pm") == parse("2026-12-01 12:00")
    assert read_datetime("12/01/2026 12:30 am") == parse("2026-12-01 00:30")
    assert read_datetime("2026-12-01T09:00") == parse("2026-12-01 09:00")


@pytest.mark.parametrize("text", NO_TIMES)
def test_incomplete_time_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="12/01/2026"):
        read_datetime(f"12/01/2026 {text}")


def test_day_that_could_be_two_days_is_refused_in_spanish() -> None:
    with override("es"):
        assert read_date("30/06/2027") == read_date("06/30/2027") == date(2027, 6, 30)
        for read in (read_date, read_datetime):
            with pytest.raises(ValidationError, match="12/01/2026"):
                read("12/01/2026")
