"""If a mail server refuses one recipient, each other recipient gets the email once."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone
from django.utils.timezone import localdate
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from consent.expiry import remind_stewards
from consent.models import ConsentRecord
from editorial.reviews.mails import mail_owners
from mission.models import HomePage
from staff.mail import MailNotSent
from staff.models import User
from stories.contacts import Contact
from stories.models import StoryIndexPage
from tests import factories
from tests.actions.conftest import queue as queue

NAMES = ("ana", "ben", "cleo")
REFUSALS = {550: "permanent", 451: "temporary"}


@pytest.fixture(params=NAMES)
def refused(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The email address that the mail server refuses: of the first, second or third user."""
    return f"{request.param}@example.org"


@pytest.fixture(params=REFUSALS)
def attempts(request: Any, refused: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SMTP code of the refusal, then the recipient of each attempt to send an email."""
    attempts: list[str] = []
    send = EmailBackend.send_messages

    def send_messages(self: EmailBackend, messages: Collection) -> int:
        (message,) = messages
        attempts.extend(message.to)
        if message.to == [refused]:
            raise SMTPRecipientsRefused({refused: (request.param, f"{refused}: no".encode())})
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    attempts.append(str(request.param))
    return attempts


def make_users(**fields: object) -> list[User]:
    return [
        factories.UserFactory(username=name, email=f"{name}@example.org", **fields)
        for name in NAMES
    ]


def run_with_retries(queue: InMemoryConnector) -> None:
    """Run each job up to eight times, as the worker does."""
    while queue.jobs:
        jobs = list(queue.jobs.values())
        queue.reset()
        for job in jobs:
            for _attempt in range(8):
                with suppress(MailNotSent):
                    app.tasks[job["task_name"]](**job["args"])
                    break


def send_story(story_index: StoryIndexPage, queue: InMemoryConnector) -> None:
    for user in make_users():
        user.groups.add(Group.objects.get(name="Story stewards"))
    story = factories.StoryPageFactory(parent=story_index, live=False)
    Contact.objects.create(page=story, reach="rosa@example.org", key="k", sent_at=timezone.now())
    app.configure_task("receive_story").defer(page=story.pk)
    run_with_retries(queue)


def remind_of_consent(story_index: StoryIndexPage, queue: InMemoryConnector) -> None:
    make_users(is_superuser=True)
    consent = factories.consent(expires_on=localdate() + timedelta(days=7))
    factories.StoryPageFactory(parent=story_index, consent=consent)
    ConsentRecord.objects.update(steward=None)
    for _night in range(3):
        remind_stewards()


def remind_of_review(story_index: StoryIndexPage, queue: InMemoryConnector) -> None:
    make_users(is_superuser=True)
    home = HomePage.objects.get()
    factories.StandardPageFactory(parent=home, next_review=localdate() - timedelta(days=1))
    for _night in range(3):
        mail_owners()


def fail_to_publish(story_index: StoryIndexPage, queue: InMemoryConnector) -> None:
    ana, ben, cleo = make_users()
    past = timezone.now() - timedelta(minutes=1)
    consent = factories.consent(steward=ana, basis="")
    story = factories.StoryPageFactory(parent=story_index, live=False, owner=cleo, consent=consent)
    story.go_live_at = past
    story.save_revision(user=ben, approved_go_live_at=past)
    for _minute in range(3):
        call_command("publish_scheduled")
    run_with_retries(queue)


@pytest.mark.parametrize("act", [send_story, remind_of_consent, remind_of_review, fail_to_publish])
def test_each_other_recipient_gets_one_mail(
    story_index: StoryIndexPage,
    queue: InMemoryConnector,
    attempts: list[str],
    refused: str,
    act: Callable,
) -> None:
    act(story_index, queue)
    others = [f"{name}@example.org" for name in NAMES if f"{name}@example.org" != refused]
    assert sorted(address for message in mail.outbox for address in message.to) == others
    if act in {send_story, fail_to_publish}:
        assert attempts.count(refused) == (1 if attempts[0] == "550" else 8)
