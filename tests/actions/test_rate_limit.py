"""Buckets of tokens, by a clock that the test turns; and floods that they keep out."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions.forms import PublicForm
from actions.models import ActionPage
from actions.rate_limit import FLOOD, ONE_SENDER, Buckets, Rate
from actions.signatures import RateLimitExemption
from tests.actions.test_taking_part import OURS, filled, send

SENDER = "form from 203.0.113.9"


def held_by(value: object) -> set[bytes]:
    """Every string that `value` holds in memory, however deep."""
    if isinstance(value, bytes):
        return {value}
    if isinstance(value, str):
        return {value.encode()}
    if isinstance(value, dict):
        parts = [*value, *value.values()]
    elif isinstance(value, list | tuple | set):
        parts = [*value]
    else:
        parts = [*getattr(value, "__dict__", {}).values()]
    return set().union(*map(held_by, parts))


def test_bucket_fills_up_again() -> None:
    now = [0.0]
    found = Buckets(clock=lambda: now[0])
    rate = Rate(burst=2, a_minute=6)
    assert [found.take("a", rate) for _ in range(3)] == [True, True, False]
    assert found.take("b", rate)
    now[0] = 9.0
    assert not found.take("a", rate)
    now[0] = 10.0
    assert [found.take("a", rate) for _ in range(2)] == [True, False]
    now[0] = 3_600.0
    assert [found.take("a", rate) for _ in range(3)] == [True, True, False]


def test_buckets_hold_no_name_and_share_no_mark_with_another_process() -> None:
    here, there = Buckets(), Buckets()
    for buckets_of_one_process in (here, there):
        buckets_of_one_process.take(SENDER, ONE_SENDER)
    marks = held_by(here)
    assert len(marks) >= 2  # the salt, and the mark of one sender
    assert not [mark for mark in marks if b"203.0.113.9" in mark]
    assert marks.isdisjoint(held_by(there))


def test_buckets_forget_senders_and_salt_at_the_end_of_the_day() -> None:
    now = [86_399.0]
    found = Buckets(clock=lambda: now[0])
    rate = Rate(burst=2, a_minute=6)
    assert [found.take(SENDER, rate) for _ in range(3)] == [True, True, False]
    marks = held_by(found)
    now[0] = 86_400.0  # one second brings a tenth of a token
    assert [found.take(SENDER, rate) for _ in range(3)] == [True, True, False]
    assert len(held_by(found)) == len(marks)
    assert marks.isdisjoint(held_by(found))


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
) -> None:
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
    RateLimitExemption.objects.create(
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
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=timezone.now() + timedelta(hours=1)
    )
    assert send(client, petition.url, email="another@example.org").status_code == 303


def test_all_senders_together_are_limited_too(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "all_senders", Rate(burst=3, a_minute=1))
    fields = filled(client, petition.url)
    answers = [
        client.post(petition.url, fields, headers=OURS | {"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]


def test_addresses_of_one_ipv6_network_are_one_sender(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "one_sender", Rate(burst=1, a_minute=1))
    fields = filled(client, petition.url)
    statuses = {
        sender: client.post(
            petition.url, fields, headers=OURS | {"X-Forwarded-For": sender}
        ).status_code
        for sender in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    }
    assert statuses == {"2001:db8:1:2::1": 303, "2001:db8:1:2:ffff::9": 429, "2001:db8:1:3::1": 303}


def test_buckets_are_so_many_at_most_and_the_oldest_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actions.rate_limit.MOST", 2)
    found = Buckets(clock=lambda: 1.0)
    rate = Rate(burst=1, a_minute=1)
    assert [found.take(name, rate) for name in "abb"] == [True, True, False]
    assert found.take("c", rate)
    assert [found.take(name, rate) for name in "cba"] == [False, False, True]


def test_gate_that_is_closed_or_of_another_action_lets_nobody_through(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "one_sender", Rate(burst=1, a_minute=1))
    now = timezone.now()
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=now - timedelta(minutes=1)
    )
    RateLimitExemption.objects.create(action=uuid4(), until=now + timedelta(hours=1))
    fields = filled(client, petition.url)
    answers = [client.post(petition.url, fields, headers=OURS).status_code for _ in range(2)]
    assert answers == [303, 429]


def test_flood_is_refused_again_when_every_gate_is_closed(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    fields = filled(client, petition.url)
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=timezone.now() - timedelta(minutes=1)
    )
    for _number in range(FLOOD.burst):
        client.post("/take-part/delete/", {"fax": "a program"}, headers=OURS)
    refused = client.post(petition.url, fields, headers=OURS)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
