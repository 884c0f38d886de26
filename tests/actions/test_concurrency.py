"""Deletion, confirmation and webhooks at the same time, on separate database connections."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.timezone import localdate
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from actions import signatures, webhooks
from actions.counts import Count, DayCount
from actions.encryption import lookup_hashes
from actions.signatures import Signature
from actions.webhooks import Delivery
from tests import databases, factories
from tests.actions.test_signatures import ROSA
from tests.actions.test_webhooks import FakeJobContext
from tests.consent.test_locks import TIMEOUT, is_anyone_waiting
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home


def make_signature() -> None:
    """A petition, and a signature that has not been confirmed."""
    petition = factories.ActionPageFactory(parent=make_home(), kind="petition")
    Signature.objects.create(
        action=petition.translation_key,
        email=ROSA,
        email_key=lookup_hashes(ROSA)[0],
        language="en",
    )


# The database content that the fixture `unconfirmed` needs; see tests/contents.py.
CONTENTS = {
    "unconfirmed": Content(
        "signature", make_signature, ("tests/actions/test_concurrency.py", *SOURCES)
    )
}


@pytest.fixture
def unconfirmed(
    django_db_setup: None, django_db_blocker: Any, settings: Any, queue: InMemoryConnector
) -> Iterator[Signature]:
    """An unconfirmed signature, committed so that other connections see it. Webhooks are on."""
    settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = "https://crm.example/", "s" * 32
    with django_db_blocker.unblock():
        yield Signature.objects.get()
        databases.restore(CONTENTS["unconfirmed"])


class Pause:
    """Wraps a function. Pauses its first call until another connection waits for a lock."""

    def __init__(self, function: Callable) -> None:
        self.function, self.has_begun, self.other_waits = function, Event(), False

    def __call__(self, *args: object, **kwargs: object) -> object:
        if not self.has_begun.is_set():
            self.has_begun.set()
            end = time.monotonic() + TIMEOUT
            while not self.other_waits and time.monotonic() < end:
                self.other_waits = is_anyone_waiting()
        return self.function(*args, **kwargs)


def run(function: Callable, *args: object) -> Any:
    """Run a function in a thread with its own database connection."""
    try:
        return function(*args)
    finally:
        connection.close()


def run_while_paused(pause: Pause, first: Callable, second: Callable) -> tuple[Any, Any]:
    """Run `second` while `first` is paused, assert that it waits, and return both results."""
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(run, first)
        assert pause.has_begun.wait(TIMEOUT)
        two = pool.submit(run, second)
        results = one.result(), two.result()
    assert pause.other_waits
    return results


def events() -> list[str]:
    return [delivery.event for delivery in Delivery.objects.all()]


def test_deletion_during_confirmation_deletes_the_signature(
    unconfirmed: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause(signatures.DayCount.add)
    monkeypatch.setattr(signatures.DayCount, "add", pause)
    results = run_while_paused(
        pause, lambda: signatures.confirm(unconfirmed), lambda: signatures.delete(ROSA)
    )
    assert results == (True, 1)
    assert not Signature.objects.exists()
    assert Count.of(unconfirmed.action).number == 0
    assert events() == ["person.deleted"]


def test_deletions_of_people_who_signed_the_same_actions_wait_for_each_other(
    unconfirmed: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    Signature.objects.all().delete()
    actions = [UUID(int=1), UUID(int=2)]
    for action in actions:
        DayCount.objects.create(action=action, day=localdate(), number=2)
    ben = "ben@example.org"
    signed = [*((ROSA, action) for action in actions), *((ben, action) for action in actions[::-1])]
    for number, (email, action) in enumerate(signed):
        Signature.objects.create(
            pk=UUID(int=number),
            action=action,
            email=email,
            email_key=lookup_hashes(email)[0],
            language="en",
            confirmed_at=timezone.now(),
        )
    pause, subtract = Pause(lambda: None), DayCount.subtract

    def subtract_and_pause(action: UUID, day: Any) -> None:
        subtract(action, day)
        pause()

    monkeypatch.setattr(DayCount, "subtract", subtract_and_pause)
    results = run_while_paused(
        pause, lambda: signatures.delete(ROSA), lambda: signatures.delete(ben)
    )
    assert results == (2, 2)
    assert [Count.of(action).number for action in actions] == [0, 0]


@pytest.mark.parametrize(
    "lock",
    [
        lambda _row: signatures.queue_deletion_link(lookup_hashes(ROSA)),
        lambda _row: signatures.delete(ROSA),
        lambda _row: signatures.purge(),
        signatures.discard,
    ],
    ids=["queue_deletion_link", "delete", "purge", "discard"],
)
def test_signatures_are_locked_in_one_order(
    unconfirmed: Signature, lock: Callable[[Signature], object]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        lock(unconfirmed)
    locks = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert locks
    for sql in locks:
        assert re.search(r'ORDER BY (1|"actions_signature"."id") ASC FOR UPDATE', sql), sql


def test_confirmation_during_deletion_fails(
    unconfirmed: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause(signatures.webhooks.delete_person)
    monkeypatch.setattr(signatures.webhooks, "delete_person", pause)
    results = run_while_paused(
        pause, lambda: signatures.delete(ROSA), lambda: signatures.confirm(unconfirmed)
    )
    assert results == (1, False)
    assert not Signature.objects.exists()
    assert Count.of(unconfirmed.action).number == 0
    assert events() == []


@pytest.mark.parametrize(
    "delete", [lambda _row: signatures.purge(), signatures.discard], ids=["purge", "discard"]
)
def test_signature_confirmed_while_its_deletion_waits_is_kept(
    unconfirmed: Signature, monkeypatch: pytest.MonkeyPatch, delete: Callable
) -> None:
    Signature.objects.update(signed_at=timezone.now() - timedelta(hours=49))
    pause = Pause(signatures.DayCount.add)
    monkeypatch.setattr(signatures.DayCount, "add", pause)
    results = run_while_paused(
        pause, lambda: signatures.confirm(unconfirmed), lambda: delete(unconfirmed)
    )
    assert results == (True, 0)
    assert Signature.objects.get().confirmed_at
    assert Count.of(unconfirmed.action).number == 1


def test_deletion_webhook_is_sent_after_the_webhook_in_progress(
    unconfirmed: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    signatures.confirm(unconfirmed)
    confirmed, sent = Delivery.objects.get(), []
    pause = Pause(lambda delivery: sent.append(delivery.event))
    monkeypatch.setattr(Delivery, "send", lambda delivery: pause(delivery))

    def send(delivery: Delivery) -> None:
        app.tasks["send_webhook"](FakeJobContext(0), delivery=str(delivery.pk))

    def delete_and_send() -> None:
        signatures.delete(ROSA)
        assert sent == []
        send(Delivery.objects.get())

    run_while_paused(pause, lambda: send(confirmed), delete_and_send)
    assert sent == ["person.confirmed", "person.deleted"]
    assert events() == []


OLD, NEW = "o" * 32, "n" * 32


@pytest.mark.parametrize(
    ("first_keys", "second_keys"),
    [([OLD], [NEW, OLD]), ([NEW, OLD], [NEW]), ([OLD, NEW], [NEW, OLD])],
)
def test_webhooks_about_one_person_wait_for_each_other_during_key_rotation(
    unconfirmed: Signature, settings: Any, first_keys: list[str], second_keys: list[str]
) -> None:
    pause = Pause(lambda: None)

    def send_with(keys: list[str], send: Callable) -> None:
        settings.SIGNATURE_KEYS = keys
        with webhooks._lock_person(ROSA):
            send()

    run_while_paused(
        pause,
        lambda: send_with(first_keys, pause),
        lambda: send_with(second_keys, lambda: None),
    )
