"""The links in mails: how long each is good, and that neither does the work of the other."""

import time
from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.counts import Count, DayCount
from actions.models import ActionPage
from actions.signatures import Signature
from tests.actions.test_taking_part import OURS, ROSA, link, mail_out, send

Mailbox = list[EmailMultiAlternatives]


def hours_pass(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """For signatures of links; what stands in the database keeps its time."""
    moment = time.time() + hours * 3600
    monkeypatch.setattr("django.core.signing.time.time", lambda: moment)


@pytest.fixture
def confirming(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> str:
    """The link by which Rosa confirms."""
    assert send(client, petition.url).status_code == 303
    return link(mail_out(queue, mailoutbox))


@pytest.fixture
def deleting(confirming: str, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox) -> str:
    """The link by which Rosa, who has confirmed, deletes what is kept of her."""
    assert client.post(confirming, headers=OURS).status_code == 303
    assert send(client, "/take-part/delete/").status_code == 303
    return link(mail_out(queue, mailoutbox))


def test_confirmation_link_is_good_for_two_days(
    confirming: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours_pass(monkeypatch, 47.9)
    assert client.get(confirming).status_code == 200
    hours_pass(monkeypatch, 48.1)
    assert client.get(confirming).status_code == 410
    assert client.post(confirming, headers=OURS).status_code == 410
    assert Signature.objects.get().confirmed_at is None


def test_deletion_link_is_good_for_two_days(
    deleting: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours_pass(monkeypatch, 47.9)
    assert client.get(deleting).status_code == 200
    hours_pass(monkeypatch, 48.1)
    assert client.get(deleting).status_code == 410
    assert client.post(deleting, headers=OURS).status_code == 410
    assert Signature.objects.exists()


def test_pages_behind_links_are_kept_in_no_cache(
    confirming: str, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    send(client, "/take-part/delete/")
    for path in (confirming, link(mail_out(queue, mailoutbox))):
        response = client.get(path)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]


def test_confirmation_link_deletes_nothing(confirming: str, client: Client) -> None:
    elsewhere = confirming.replace("/confirm/", "/delete/")
    assert elsewhere != confirming
    assert client.get(elsewhere).status_code == 410
    assert client.post(elsewhere, headers=OURS).status_code == 410
    assert Signature.objects.exists()


def test_deletion_link_confirms_nothing(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    send(client, petition.url)
    queue.reset()
    send(client, "/take-part/delete/")
    deleting = link(mail_out(queue, mailoutbox))
    elsewhere = deleting.replace("/delete/", "/confirm/")
    assert elsewhere != deleting
    assert client.post(elsewhere, headers=OURS).status_code == 410
    assert Signature.objects.get().confirmed_at is None


def test_link_of_somebody_else_leaves_the_others(
    deleting: str, petition: ActionPage, client: Client
) -> None:
    send(client, petition.url, email="ben@example.org")
    assert client.post(deleting, headers=OURS).status_code == 303
    assert [row.email for row in Signature.objects.all()] == ["ben@example.org"]


def test_the_same_mail_is_sent_again_after_a_quarter_of_an_hour(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    for path in (petition.url, "/take-part/delete/"):
        queue.reset()
        for _twice in range(2):
            assert send(client, path).status_code == 303
        assert len(queue.jobs) == 1, path
        before = timezone.now() - timedelta(minutes=16)
        Signature.objects.update(mailed_at=before, deletion_requested_at=before)
        assert send(client, path).status_code == 303
        assert len(queue.jobs) == 2, path


def test_what_was_confirmed_is_not_overwritten(
    confirming: str, petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    send(client, petition.url, name="Rosa Luz")  # a slip that is put right
    client.post(confirming, headers=OURS)
    then = Signature.objects.get().signed_at
    send(client, petition.url, name="Somebody else", zip_code="87501")
    row = Signature.objects.get()
    assert (row.email, row.name, row.zip_code, row.signed_at) == (ROSA, "Rosa Luz", "", then)


def test_somebody_is_counted_once_and_the_count_never_falls_below_nothing(
    petition: ActionPage, queue: InMemoryConnector
) -> None:
    row = Signature.objects.create(
        action=petition.translation_key, email=ROSA, email_key="x", language="en"
    )
    assert signatures.confirm(row)
    assert not signatures.confirm(row)
    assert Count.of(row.action).number == 1
    DayCount.objects.update(number=0)  # as after a restore
    assert signatures.delete(Signature.objects.all()) == 1
    assert Count.of(row.action).number == 0
