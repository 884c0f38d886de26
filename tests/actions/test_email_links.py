"""Confirmation and deletion links in emails expire and cannot be used for each other."""

import time
from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.counts import Count, DayCount
from actions.encryption import lookup_hashes
from actions.models import ActionPage
from actions.signatures import Signature
from tests.actions.test_signatures import ROSA, SAME_ORIGIN, link, post_form, run_queue

Mailbox = list[EmailMultiAlternatives]


def set_hours_later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Change the time at which the signatures of links are checked, but not database times."""
    moment = time.time() + hours * 3600
    monkeypatch.setattr("django.core.signing.time.time", lambda: moment)


@pytest.fixture
def confirm_link(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> str:
    """The confirmation link mailed to Rosa."""
    assert post_form(client, petition.url).status_code == 303
    return link(run_queue(queue, mailoutbox))


@pytest.fixture
def delete_link(
    confirm_link: str, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> str:
    """The deletion link mailed to Rosa after she has confirmed."""
    assert client.post(confirm_link, headers=SAME_ORIGIN).status_code == 303
    assert post_form(client, "/take-part/delete/").status_code == 303
    return link(run_queue(queue, mailoutbox))


def test_confirmation_link_expires_after_two_days(
    confirm_link: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_hours_later(monkeypatch, 47.9)
    assert client.get(confirm_link).status_code == 200
    set_hours_later(monkeypatch, 48.1)
    assert client.get(confirm_link).status_code == 410
    assert client.post(confirm_link, headers=SAME_ORIGIN).status_code == 410
    assert Signature.objects.get().confirmed_at is None


def test_deletion_link_expires_after_two_days(
    delete_link: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_hours_later(monkeypatch, 47.9)
    assert client.get(delete_link).status_code == 200
    set_hours_later(monkeypatch, 48.1)
    assert client.get(delete_link).status_code == 410
    assert client.post(delete_link, headers=SAME_ORIGIN).status_code == 410
    assert Signature.objects.exists()


def test_email_link_pages_are_not_cached(
    confirm_link: str, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    post_form(client, "/take-part/delete/")
    for path in (confirm_link, link(run_queue(queue, mailoutbox))):
        response = client.get(path)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]


def test_confirmation_link_cannot_delete(confirm_link: str, client: Client) -> None:
    elsewhere = confirm_link.replace("/confirm/", "/delete/")
    assert elsewhere != confirm_link
    assert client.get(elsewhere).status_code == 410
    assert client.post(elsewhere, headers=SAME_ORIGIN).status_code == 410
    assert Signature.objects.exists()


def test_deletion_link_cannot_confirm(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    post_form(client, petition.url)
    queue.reset()
    post_form(client, "/take-part/delete/")
    delete_link = link(run_queue(queue, mailoutbox))
    elsewhere = delete_link.replace("/delete/", "/confirm/")
    assert elsewhere != delete_link
    assert client.post(elsewhere, headers=SAME_ORIGIN).status_code == 410
    assert Signature.objects.get().confirmed_at is None


def test_deletion_link_deletes_only_its_own_email(
    delete_link: str, petition: ActionPage, client: Client
) -> None:
    post_form(client, petition.url, email="ben@example.org")
    assert client.post(delete_link, headers=SAME_ORIGIN).status_code == 303
    assert [row.email for row in Signature.objects.all()] == ["ben@example.org"]


def test_mail_is_resent_only_after_fifteen_minutes(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    for path in (petition.url, "/take-part/delete/"):
        queue.reset()
        for _twice in range(2):
            assert post_form(client, path).status_code == 303
        assert len(queue.jobs) == 1, path
        before = timezone.now() - timedelta(minutes=16)
        Signature.objects.update(mailed_at=before, deletion_requested_at=before)
        assert post_form(client, path).status_code == 303
        assert len(queue.jobs) == 2, path


def test_confirmed_signature_is_not_overwritten(
    confirm_link: str, petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    post_form(client, petition.url, name="Rosa Luz")  # an unconfirmed signature may be corrected
    client.post(confirm_link, headers=SAME_ORIGIN)
    signed_at = Signature.objects.get().signed_at
    post_form(client, petition.url, name="Somebody else", zip_code="87501")
    row = Signature.objects.get()
    assert (row.email, row.name, row.zip_code, row.signed_at) == (ROSA, "Rosa Luz", "", signed_at)


def test_signature_count_counts_once_and_is_never_negative(
    petition: ActionPage, queue: InMemoryConnector
) -> None:
    row = Signature.objects.create(
        action=petition.translation_key,
        email=ROSA,
        email_key=lookup_hashes(ROSA)[0],
        language="en",
    )
    assert signatures.confirm(row)
    assert not signatures.confirm(row)
    assert Count.of(row.action).number == 1
    DayCount.objects.update(number=0)  # a restored database may have an older count
    assert signatures.delete(ROSA) == 1
    assert Count.of(row.action).number == 0
