"""Stewards get an email about a submitted story, unless a steward has already replied."""

import pytest
from django.contrib.auth.models import Group
from django.core.mail import EmailMessage
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from staff.models import User
from stories.contacts import Contact
from stories.models import StoryIndexPage
from stories.tasks import receive_story
from tests import factories
from tests.actions.conftest import queue as queue
from tests.jobs import run_jobs


@pytest.fixture
def sent(story_index: StoryIndexPage) -> int:
    story = factories.StoryPageFactory(parent=story_index, live=False)
    Contact.objects.create(page=story, reach="rosa@example.org", key="k", sent_at=timezone.now())
    return story.pk


def member(group: str, name: str, **fields: object) -> User:
    user = factories.UserFactory(username=name, **{"email": f"{name}@example.org"} | fields)
    user.groups.add(Group.objects.get(name=group))
    return user


def test_story_mail_goes_to_stewards_with_email(
    sent: int, mailoutbox: list[EmailMessage], queue: InMemoryConnector
) -> None:
    member("Story stewards", "ana")
    member("Story stewards", "ben")
    member("Story stewards", "left", is_active=False)
    member("Story stewards", "unreachable", email="")
    member("Editors", "editor")
    factories.UserFactory(username="boss", email="boss@example.org", is_superuser=True)
    receive_story(sent)
    run_jobs(queue)
    assert sorted(mail.to for mail in mailoutbox) == [["ana@example.org"], ["ben@example.org"]]


def test_story_mail_goes_to_administrators_if_there_are_no_stewards(
    sent: int, mailoutbox: list[EmailMessage], queue: InMemoryConnector
) -> None:
    member("Editors", "editor")
    factories.UserFactory(username="boss", email="boss@example.org", is_superuser=True)
    receive_story(sent)
    run_jobs(queue)
    assert [mail.to for mail in mailoutbox] == [["boss@example.org"]]


def test_story_mail_is_not_sent_after_reply(
    sent: int, mailoutbox: list[EmailMessage], queue: InMemoryConnector
) -> None:
    member("Story stewards", "ana")
    Contact.objects.all().delete()  # as when a steward has replied
    receive_story(sent)
    run_jobs(queue)
    assert mailoutbox == []
