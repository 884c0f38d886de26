"""Links in emails expire. A confirmation link cannot delete, and a deletion link cannot confirm."""

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.test import Client
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.counts import Count, DayCount
from actions.encryption import lookup_hashes
from actions.models import ActionPage
from actions.signatures import Signature
from tests import factories
from tests.actions.test_signatures import ROSA, SAME_ORIGIN, link, post_form, run_queue
from tests.jobs import run_jobs

Mailbox = list[EmailMultiAlternatives]


def set_hours_later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Change the time that Django uses to check signed links, but not the times in the database."""
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


def test_deletion_page_refuses_the_token_of_a_confirmation_link(
    confirm_link: str, client: Client
) -> None:
    elsewhere = confirm_link.replace("/confirm/", "/delete/")
    assert elsewhere != confirm_link
    assert client.get(elsewhere).status_code == 410
    assert client.post(elsewhere, headers=SAME_ORIGIN).status_code == 410
    assert Signature.objects.exists()


def test_confirmation_page_refuses_the_token_of_a_deletion_link(
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


HOURS = [0, 0.1, 0.3, 1, 5, 23, 25, 30, 47, 47.9]  # when a form with the email address is sent


def post_at(hours: list[float], send: Callable[[], object]) -> None:
    """Call `send` at each of `hours`. Between calls, move the times of all rows into the past."""
    for before, now in pairwise([hours[0], *hours]):
        passed = timedelta(hours=now - before)
        for name in ("signed_at", "mailed_at", "deletion_requested_at", "confirmed_at"):
            Signature.objects.update(**{name: F(name) - passed})
        send()


def test_repeated_posts_send_two_mails_and_do_not_move_the_deadline(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    post_at(HOURS, lambda: post_form(client, petition.url))
    assert len(queue.jobs) == 2
    age = timezone.now() - Signature.objects.get().signed_at
    assert timedelta(hours=47.9) <= age < timedelta(hours=48)
    run_queue(queue, mailoutbox)
    assert "do not write about this again until then" in mailoutbox[-1].body
    # After the deadline, the next mail is again the first of two.
    post_at([0, 0.2], lambda: post_form(client, petition.url))
    assert len(queue.jobs) == 1
    assert "we write about this once more at most" in run_queue(queue, mailoutbox).body


def test_repeated_posts_after_confirmation_send_one_mail(
    confirm_link: str, petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    client.post(confirm_link, headers=SAME_ORIGIN)
    post_at(HOURS, lambda: post_form(client, petition.url))
    assert len(queue.jobs) == 1


def test_deletion_link_is_mailed_once_a_day(
    confirm_link: str, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    client.post(confirm_link, headers=SAME_ORIGIN)
    queue.reset()

    def ask() -> None:
        post_form(client, "/take-part/delete/")
        run_jobs(queue)

    mailoutbox.clear()
    post_at(HOURS, ask)
    assert len(mailoutbox) == 2


@pytest.fixture
def newer_action(
    confirm_link: str, petition: ActionPage, client: Client, queue: InMemoryConnector
) -> ActionPage:
    """A second action, signed after the first was confirmed. The job queue is empty."""
    client.post(confirm_link, headers=SAME_ORIGIN)
    page = factories.ActionPageFactory(parent=petition.get_parent(), kind="join")
    assert post_form(client, page.url, language="en").status_code == 303
    queue.reset()
    return page


def test_deletion_link_works_after_the_newest_signature_has_expired(
    newer_action: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    mailoutbox: Mailbox,
) -> None:
    post_form(client, "/take-part/delete/")
    delete_link = link(run_queue(queue, mailoutbox))
    Signature.objects.filter(action=newer_action.translation_key).delete()
    assert client.get(delete_link).status_code == 200


def test_deletion_link_is_mailed_again_after_its_signature_was_deleted(
    newer_action: ActionPage,
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    mailoutbox: Mailbox,
) -> None:
    post_form(client, "/take-part/delete/")
    first = link(run_queue(queue, mailoutbox))
    petition.delete()
    assert signatures.purge() == 1
    assert client.get(first).status_code == 410
    mailoutbox.clear()
    for _repeated in range(2):
        post_form(client, "/take-part/delete/")
    again = link(run_queue(queue, mailoutbox))
    assert len(mailoutbox) == 1
    assert client.post(again, headers=SAME_ORIGIN).status_code == 303
    assert not Signature.objects.exists()


@pytest.mark.parametrize("confirmed", [False, True])
def test_later_post_changes_nothing(
    confirm_link: str,
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    confirmed: bool,
) -> None:
    if confirmed:
        client.post(confirm_link, headers=SAME_ORIGIN)
    before = Signature.objects.values().get()
    for email in (ROSA, ROSA.lower()):
        post_form(client, petition.url, email=email, name="Somebody else", zip_code="87501")
    assert Signature.objects.values().get() == before


def test_confirm_page_shows_the_data_first_entered(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    post_form(client, petition.url, name="A <stranger>", zip_code="87501")
    confirm_link = link(run_queue(queue, mailoutbox))
    post_form(client, petition.url, name="Rosa Luz")
    html = client.get(confirm_link).content.decode()
    for shown in ("A &lt;stranger&gt;", ">875…", f">{ROSA}<", ">English<"):
        assert shown in html
    client.post(confirm_link, headers=SAME_ORIGIN)
    assert Signature.objects.get().name == "A <stranger>"


def test_person_can_delete_a_strangers_entry_and_sign_again(
    petition: ActionPage, client: Client, queue: InMemoryConnector, mailoutbox: Mailbox
) -> None:
    post_form(client, petition.url, name="A stranger")
    of_stranger = link(run_queue(queue, mailoutbox))
    response = client.post(of_stranger, {"answer": "delete"}, headers=SAME_ORIGIN)
    assert (response.status_code, response["Location"]) == (303, "/take-part/discarded/")
    assert client.get(response["Location"]).status_code == 200
    assert not Signature.objects.exists()
    post_form(client, petition.url, name="Rosa Luz")
    own = link(run_queue(queue, mailoutbox))
    assert client.post(of_stranger, headers=SAME_ORIGIN).status_code == 410
    client.post(own, {"answer": "confirm"}, headers=SAME_ORIGIN)
    again = client.post(own, {"answer": "delete"}, headers=SAME_ORIGIN)  # after confirmation
    assert again.status_code == 410
    row = Signature.objects.get()
    assert row.name == "Rosa Luz"
    assert row.confirmed_at


@pytest.mark.parametrize("answer", ["confirm", "delete"])
def test_confirm_page_returns_410_if_signature_is_deleted_meanwhile(
    confirm_link: str, client: Client, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    find = signatures.find_by_token

    def find_before_deletion(token: str) -> Signature | None:
        found = find(token)
        signatures.delete(ROSA)
        return found

    monkeypatch.setattr(signatures, "find_by_token", find_before_deletion)
    response = client.post(confirm_link, {"answer": answer}, headers=SAME_ORIGIN)
    assert response.status_code == 410
    assert not Signature.objects.exists()
    assert not DayCount.objects.filter(number__gt=0).exists()


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
