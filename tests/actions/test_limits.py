"""Buckets of tokens, by a clock that the test turns; and floods that they keep out."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions.limits import FLOOD, ONE_SENDER, Buckets, Rate, buckets
from actions.models import ActionPage
from actions.signatures import OpenGate
from tests.actions.test_taking_part import OURS, filled, send


def test_a_bucket_fills_up_again_and_forgets_its_day() -> None:
    now = [0.0]
    found = Buckets(clock=lambda: now[0])
    rate = Rate(burst=2, a_minute=6)
    assert [found.take("a", rate) for _ in range(3)] == [True, True, False]
    assert found.take("b", rate)
    now[0] = 10.0
    assert [found.take("a", rate) for _ in range(2)] == [True, False]
    salt = found._salt
    assert b"a" not in found._levels
    now[0] = 90_000.0
    assert found.take("a", rate)
    assert found._salt != salt and len(found._levels) == 1


def test_people_of_one_event_are_let_through_in_a_quarter_of_an_hour() -> None:
    now = [0.0]
    found = Buckets(clock=lambda: now[0])
    through = 0
    for _ in range(15 * 60 // 5):  # somebody signs every five seconds
        now[0] += 5
        through += found.take("the hall", ONE_SENDER)
    assert through >= 150


def test_a_flood_is_refused_and_others_go_through(
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(buckets, "clock", lambda: 1.0)
    fields = filled(client, petition.url)

    def post(number: int, sender: str) -> int:
        data = fields | {"email": f"{number}@example.org"}
        return client.post(
            petition.url, data, headers=OURS | {"X-Forwarded-For": sender}
        ).status_code

    answers = [post(number, "203.0.113.9") for number in range(20)]
    assert answers == [303] * ONE_SENDER.burst + [429] * (20 - ONE_SENDER.burst)
    assert post(1000, "203.0.113.10") == 303
    assert post(1001, "spoofed, 203.0.113.9") == 429
    OpenGate.objects.create(
        action=petition.translation_key, until=timezone.now() + timedelta(hours=1)
    )
    assert post(1002, "203.0.113.9") == 303


def test_whoever_goes_on_gets_an_answer_that_costs_nothing(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    fields = filled(client, petition.url)
    for _number in range(FLOOD.burst):
        client.post("/take-part/delete/", {"fax": "a program"}, headers=OURS)
    with CaptureQueriesContext(connection) as asked:
        refused = client.post(petition.url, fields, headers=OURS)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Go back: what you wrote is still there." in refused.content.decode()
    assert len(asked) == 1  # whether a campaigner has opened the gate
    others = OURS | {"X-Forwarded-For": "203.0.113.10"}
    assert client.post(petition.url, fields, headers=others).status_code == 303
    OpenGate.objects.create(
        action=petition.translation_key, until=timezone.now() + timedelta(hours=1)
    )
    assert send(client, petition.url, email="another@example.org").status_code == 303
