"""Validation of consent fields, and whether a picture or story may be displayed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest

from pictures.models import Picture
from stories.models import StoryPage
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db  # a picture queries its collection

TODAY = date(2026, 6, 15)
COMPLETE = {
    "shown": "recognisable",
    "basis": "form",
    "form_reference": "17",
    "given_on": TODAY,
    "expires_on": TODAY + timedelta(days=1),
}


@pytest.fixture(autouse=True)
def _noon_in_new_york() -> Iterator[None]:
    with mock.patch("django.utils.timezone.now") as now:
        now.return_value = datetime(2026, 6, 15, 16, tzinfo=UTC)
        yield


def error_fields(item: Picture | StoryPage) -> list[str]:
    item.steward = UserFactory.build(pk=1)
    return [name for name, _sentence in item.consent_errors()]


@pytest.mark.parametrize("kind", [Picture, StoryPage])
@pytest.mark.parametrize(
    ("but", "refused"),
    [
        ({}, []),
        ({"shown": ""}, ["shown"]),
        ({"shown": "no-one", "basis": "", "form_reference": "", "expires_on": TODAY}, []),
        ({"basis": "", "form_reference": ""}, ["basis"]),
        ({"form_reference": " "}, ["form_reference"]),
        ({"basis": "staff", "form_reference": ""}, []),
        ({"for_site": False}, ["for_site"]),
        ({"given_on": TODAY + timedelta(days=1)}, ["given_on"]),
        ({"given_on": None, "expires_on": None}, []),
        ({"expires_on": TODAY}, ["expires_on"]),
        ({"shown": "child"}, ["child_approved"]),
        ({"shown": "child", "child_approved": True}, []),
    ],
)
def test_consent_errors_of_pictures_and_stories(kind: type, but: dict, refused: list[str]) -> None:
    assert error_fields(kind(**COMPLETE | but)) == refused


@pytest.mark.parametrize(
    ("but", "picture", "story"),
    [
        (
            {"shown": "not-recognisable", "basis": "", "expires_on": TODAY},
            [],
            ["basis", "expires_on"],
        ),
        ({"basis": "public-event"}, [], ["basis"]),
        ({"basis": "stock"}, [], ["basis"]),
        ({"basis": "illustration", "shown": ""}, [], ["shown"]),
        ({"basis": "illustration"}, [], ["basis"]),
        (
            {"basis": "public-event", "shown": "child", "child_approved": True},
            ["basis"],
            ["basis"] * 2,
        ),
    ],
)
def test_consent_errors_are_stricter_for_stories(but: dict, picture: list, story: list) -> None:
    assert error_fields(Picture(**COMPLETE | but)) == picture
    assert error_fields(StoryPage(**COMPLETE | but)) == story


def test_consent_requires_steward_but_picture_stays_displayable() -> None:
    names = [name for name, _sentence in Picture(**COMPLETE).consent_errors()]
    assert names == ["steward"]
    assert Picture(**COMPLETE).is_displayable()  # a missing steward does not hide the picture


def test_display_errors_depend_on_date_and_scope() -> None:
    picture = Picture(**COMPLETE)

    def refused(**where: object) -> list[str]:
        return [name for name, _sentence in picture.display_errors(**where)]

    assert refused(on=TODAY) == []
    assert refused(on=TODAY - timedelta(days=1)) == ["given_on"]
    assert refused(on=TODAY + timedelta(days=1)) == ["expires_on"]
    for scope in ("social", "print", "press"):
        assert refused(scope=scope) == [f"for_{scope}"]
        assert not picture.is_displayable(scope)
        assert Picture(**COMPLETE | {f"for_{scope}": True}).is_displayable(scope)
    assert not picture.printable
    assert Picture(**COMPLETE, for_print=True).printable


def test_consent_expires_two_years_from_today_by_default() -> None:
    for kind in (Picture, StoryPage):
        assert kind().expires_on == date(2028, 6, 14)  # 730 days
