"""The same story sent twice at the same time, on separate database connections."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from procrastinate.testing import InMemoryConnector

from actions.rate_limit import buckets
from stories import submissions
from stories.contacts import Contact
from stories.models import StoryIndexPage, StoryPage
from tests import databases
from tests.actions.conftest import queue as queue
from tests.actions.test_concurrency import Pause, run_while_paused
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home, make_story_index
from tests.stories.test_sent_stories import FORM_PATH, SAME_ORIGIN, form_data
from tests.translation_workflow import spanish


def make_lists() -> None:
    """A story list that takes stories, in two languages."""
    home = make_home()
    english = make_story_index(home)
    home.copy_for_translation(spanish()).save_revision().publish()
    for story_list in (english, english.copy_for_translation(spanish())):
        story_list.takes_stories = True
        story_list.save_revision().publish()


CONTENTS = {
    "lists": Content(
        "story_lists", make_lists, ("tests/stories/test_concurrent_submissions.py", *SOURCES)
    )
}


@pytest.fixture
def lists(
    django_db_setup: None, django_db_blocker: Any, queue: InMemoryConnector
) -> Iterator[list[StoryIndexPage]]:
    """Story lists that are committed, so that other connections see them."""
    buckets.clear()
    with django_db_blocker.unblock():
        yield list(StoryIndexPage.objects.all())
        databases.restore(CONTENTS["lists"])


@pytest.mark.parametrize("prefixes", [("", "/es"), ("/es", ""), ("", ""), ("/es", "/es")])
def test_story_sent_twice_at_the_same_time_is_stored_once(
    lists: list[StoryIndexPage], monkeypatch: pytest.MonkeyPatch, prefixes: tuple[str, str]
) -> None:
    assert len(lists) == 2
    data = form_data(Client())
    pause = Pause(submissions._staff_title)
    monkeypatch.setattr(submissions, "_staff_title", pause)

    def post(prefix: str) -> int:
        return Client().post(prefix + FORM_PATH, data, headers=SAME_ORIGIN).status_code

    statuses = run_while_paused(pause, *(lambda each=each: post(each) for each in prefixes))
    assert statuses == (303, 303)
    assert (StoryPage.objects.count(), Contact.objects.count()) == (1, 1)
