import random
from copy import copy
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.utils import timezone

from consent.changes import narrows
from consent.models import Basis, ConsentRecord, Scope, Shown, validate_form_reference
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
DAYS = (None, YESTERDAY, TODAY, TOMORROW)
FLAGS = [f"for_{scope}" for scope in Scope.values]
VALUES: dict[str, tuple] = {
    "shown": ("", *Shown.values),
    "basis": ("", *Basis.values),
    "form_reference": ("", "F-17"),
    **dict.fromkeys(FLAGS, (False, True)),
    "given_on": DAYS,
    "expires_on": DAYS,
    "child_approved_at": (None, timezone.now()),
}
COMPLETE: dict[str, Any] = {
    "shown": "recognizable",
    "basis": "form",
    "form_reference": "F-17",
    "given_on": TODAY,
    "expires_on": TOMORROW,
    "steward_id": 1,
}
APPROVED = timezone.now()


def every_record() -> list[ConsentRecord]:
    return [
        ConsentRecord(**dict(zip(VALUES, values, strict=True)))
        for values in product(*VALUES.values())
    ]


def test_displayable_query_agrees_with_is_displayable() -> None:
    records = ConsentRecord.objects.bulk_create(every_record(), batch_size=4000)
    assert len(records) == 30_720
    for scope, is_story in product(Scope.values, (False, True)):
        found = ConsentRecord.objects.displayable(scope, is_story=is_story, on=TODAY)
        allowed = {
            one.pk for one in records if one.is_displayable(scope, is_story=is_story, on=TODAY)
        }
        assert allowed
        assert set(found.values_list("pk", flat=True)) == allowed, (scope, is_story)


@pytest.mark.parametrize(
    ("values", "picture", "story"),
    [
        ({}, [], []),
        ({"shown": ""}, ["shown"], ["shown"]),
        ({"shown": "no-one", "basis": "", "expires_on": TODAY}, [], []),
        (
            {"shown": "not-recognizable", "basis": "", "expires_on": TODAY},
            [],
            ["basis", "expires_on"],
        ),
        ({"basis": ""}, ["basis"], ["basis"]),
        ({"form_reference": ""}, ["form_reference"], ["form_reference"]),
        ({"basis": "staff", "form_reference": ""}, [], []),
        ({"basis": "public-event"}, [], ["basis"]),
        ({"basis": "stock"}, [], ["basis"]),
        ({"basis": "illustration"}, [], ["basis"]),
        ({"basis": "illustration", "shown": ""}, [], ["shown"]),
        ({"for_site": False}, ["for_site"], ["for_site"]),
        ({"given_on": None}, ["given_on"], ["given_on"]),
        ({"given_on": TOMORROW}, ["given_on"], ["given_on"]),
        ({"expires_on": None}, ["expires_on"], ["expires_on"]),
        ({"expires_on": TODAY}, ["expires_on"], ["expires_on"]),
        ({"shown": "child"}, ["child_approved_at"], ["child_approved_at"]),
        ({"shown": "child", "child_approved_at": APPROVED}, [], []),
        (
            {"shown": "child", "child_approved_at": APPROVED, "basis": "public-event"},
            ["basis"],
            ["basis", "basis"],
        ),
        ({"steward_id": None}, ["steward"], ["steward"]),
        ({"steward_id": None, "shown": "no-one"}, [], []),
    ],
)
def test_publishing_errors_name_the_fields(values: dict, picture: list, story: list) -> None:
    record = ConsentRecord(**COMPLETE | values)
    with mock.patch("django.utils.timezone.now") as now:
        now.return_value = datetime(2026, 6, 15, 16, tzinfo=UTC)  # noon in New York
        for is_story, fields in ((False, picture), (True, story)):
            errors = record.publishing_errors(is_story=is_story)
            assert [field for field, _message in errors] == fields


def test_missing_steward_prevents_publishing_only() -> None:
    record = ConsentRecord(**COMPLETE | {"steward_id": None})
    assert record.is_displayable(on=TODAY)


@pytest.mark.parametrize("scope", Scope.values)
def test_each_scope_is_allowed_only_by_its_own_field(scope: str) -> None:
    for flag in FLAGS:
        record = ConsentRecord(**COMPLETE, **dict.fromkeys(FLAGS, False) | {flag: True})
        assert record.is_displayable(scope, on=TODAY) is (flag == f"for_{scope}")


def test_narrows_is_true_exactly_if_nothing_new_is_allowed() -> None:
    days = [TODAY + timedelta(days=number) for number in range(-3, 4)]
    choices = VALUES | {"may_be_named": (False, True)}
    choice = random.Random(1)  # noqa: S311 - the same pairs in each run
    counts = {False: 0, True: 0}
    for _pair in range(4000):
        old = ConsentRecord(**{name: choice.choice(values) for name, values in choices.items()})
        new = copy(old)
        for name in choice.sample(list(choices), 3):
            setattr(new, name, choice.choice(choices[name]))
        widened = (new.may_be_named and not old.may_be_named) or any(
            new.is_displayable(scope, is_story=is_story, on=day)
            and not old.is_displayable(scope, is_story=is_story, on=day)
            for scope, is_story, day in product(Scope.values, (False, True), days)
        )
        assert narrows(old, new) is not widened, (old.__dict__, new.__dict__)
        counts[widened] += 1
    assert min(counts.values()) > 500


@pytest.mark.parametrize(
    "code",
    [
        *("17", "F-12", "F12", "DPA-17", "DPA-2026-17", "DPA-2026-017", "2026-017", "A.7", "17/26"),
        *("2026-0017", "NY-4", "12B"),
    ],
)
def test_short_codes_are_form_references(code: str) -> None:
    validate_form_reference(code)


@pytest.mark.parametrize(
    "value",
    [
        *("Ana", "ANA", "Ana Ruiz", "ANA RUIZ", "Ruiz-1", "MARIA-1", "ANA-RUIZ-1", "RUIZ, A."),
        *("José-1", "JOSÉ-1", "Лена-1", "form for Ana", "F-12 ", " F-12", "f-12", "F_12", "№12"),
        *("ana@example.org", "ANA1@EXAMPLE.ORG", "ANA@1", "A.RUIZ.1@X.ORG"),
        *("5550100", "555-0100", "555.0100", "555/0100", "1-555-0100", "+1 555 0100", "5555-0100"),
        *(
            "(212) 555-0100",
            "212-555-0100",
            "212.555.0100",
            "12125550100",
            "T5550100",
            "12-34-56-78",
        ),
        *(
            "TEL-555-0100",
            "TEL-5550100",
            "55-50-100",
            "5 5 5 0 1 0 0",
            "５５５０１００",
            "F-",
            "-12",
            "",
        ),
        *("F--12", "F-12\n", "12\u200b", "F‑12"),
    ],
)
def test_names_mails_and_telephone_numbers_are_not_form_references(value: str) -> None:
    with pytest.raises(ValidationError, match="Never a name, an email address or a phone number"):
        validate_form_reference(value)


@pytest.mark.parametrize(
    "values",
    [
        {"shown": "Recognizable"},
        {"shown": Value(" ")},  # an expression, because fields clean text
        {"basis": "Form"},
        {"form_reference": Value(" ")},
        {"form_reference": "Ana Ruiz"},
        {"given_on": date(1899, 12, 31)},
        {"expires_on": date(3000, 1, 1)},
        {"child_approved_at": datetime(3000, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_database_refuses_invalid_values(db: None, values: dict) -> None:
    record = factories.consent()
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentRecord.objects.filter(pk=record.pk).update(**values)


@pytest.mark.parametrize("name", ["given_on", "expires_on", "child_approved_at"])
@pytest.mark.parametrize("value", ["infinity", "-infinity", "0044-03-15 BC"])
def test_database_refuses_dates_that_python_cannot_read(name: str, value: str) -> None:
    record = factories.consent()
    sql = f"UPDATE consent_consentrecord SET {name} = %s WHERE id = %s"  # noqa: S608 - a constant
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [value, record.pk])
