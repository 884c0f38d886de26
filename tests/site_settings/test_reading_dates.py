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
    "12 de la noche",
    "12 de la mañana",
    "1 de la noche",
    "25 h",
    "9 de la hora",
]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("text", DAYS)
def test_day_is_read(text: str, language: str) -> None:
    if language == "es" and text.startswith("30 de"):
        text = text.replace("30 de", "miércoles, 30 de")
    with override(language):
        assert read_date(text) == date(2027, 6, 30)
        assert read_datetime(f"{text} 9:00 pm") == parse("2027-06-30 21:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("miercoles 2 de diciembre de 2026", "2026-12-02"),
        ("Miércoles, 2 de Diciembre de 2026", "2026-12-02"),
        ("el 5 de diciembre de 2026", "2026-12-05"),
        ("sábado, el 5 de diciembre del 2026", "2026-12-05"),
        ("primero de diciembre de 2026", "2026-12-01"),
        ("el primero de diciembre de 2026", "2026-12-01"),
        ("1ro de diciembre de 2026", "2026-12-01"),
        ("1.º de diciembre de 2026", "2026-12-01"),
        ("5 de setiembre de 2026", "2026-09-05"),
        ("5-dic-2026", "2026-12-05"),
        ("5/dic/2026", "2026-12-05"),
        ("mar 2 2027", "2027-03-02"),
        ("mar 2 de marzo de 2027", "2027-03-02"),
    ],
)
def test_spanish_day_is_read(text: str, expected: str) -> None:
    with override("es"):
        assert read_date(text).isoformat() == expected
        for clock in ("21:00 h", "21:00 hrs", "21 h", "9 de la noche", "a las 9:00 de la noche"):
            assert read_datetime(f"{text} {clock}") == parse(f"{expected} 21:00")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("9 de la mañana", "09:00"), ("a las 3:30 de la tarde", "15:30"), ("mediodia", "12:00")],
)
def test_spanish_time_is_read(clock: str, expected: str) -> None:
    assert read_datetime(f"2026-12-01 {clock}") == parse(f"2026-12-01 {expected}")


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
