"""Withdrawals during other requests that change the same story, on separate connections."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, PageLogEntry, Revision, TaskState, Workflow, WorkflowState

from consent.models import ConsentRecord
from consent.signals import withdrawn
from staff.models import User
from stories.models import StoryPage
from tests import databases, factories
from tests.consent.test_withdraw_views import press_erase
from tests.contents import SOURCES
from tests.databases import Content
from tests.editorial.test_publishing import PUBLISH, form_data
from tests.every_page import make_home, make_story_index

TIMEOUT = 5  # seconds to wait for the other thread


def make_story() -> None:
    """A live story with an unpublished change, so that most of Wagtail's tables have rows."""
    story = factories.StoryPageFactory(parent=make_story_index(make_home()), title="Told")
    user = User.objects.create_superuser("boss")
    story.save_revision(user=user).publish(user=user)
    story.pull_quote = "Another"
    story.save_revision(user=user)


CONTENTS = {
    "committed_story": Content(
        "committed_story", make_story, ("tests/consent/test_locks.py", *SOURCES)
    )
}


@pytest.fixture
def committed_story(django_db_setup: None, django_db_blocker: Any) -> Iterator[StoryPage]:
    """A story that is committed, so that other connections see it."""
    with django_db_blocker.unblock():
        yield StoryPage.objects.get()
        databases.restore(CONTENTS["committed_story"])


def edit(story: StoryPage, client: Client, **button: str) -> HttpResponse:
    url = reverse("wagtailadmin_pages:edit", args=[story.pk])
    return client.post(url, form_data(story) | button)


def save(story: StoryPage, client: Client) -> HttpResponse:
    return edit(story, client)


def publish(story: StoryPage, client: Client) -> HttpResponse:
    return edit(story, client, **PUBLISH)


def submit(story: StoryPage, client: Client) -> HttpResponse:
    return edit(story, client, **{"action-submit": "on"})


def approve(story: StoryPage, client: Client) -> HttpResponse:
    state = story.current_workflow_state.current_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[story.pk, "approve", state.pk])
    return client.post(url, {"comment": ""})


def publish_in_bulk(story: StoryPage, client: Client) -> HttpResponse:
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    return client.post(f"{url}?id={story.pk}&next=/admin/")


def unpublish(story: StoryPage, client: Client) -> HttpResponse:
    return client.post(reverse("wagtailadmin_pages:unpublish", args=[story.pk]))


def delete(story: StoryPage, client: Client) -> HttpResponse:
    return client.post(reverse("wagtailadmin_pages:delete", args=[story.pk]))


def save_after_locking_the_page(story: StoryPage, client: Client) -> HttpResponse:
    """Lock the page's row before the record's, as an extension of Wagtail might do."""
    with transaction.atomic():
        Page.objects.filter(pk=story.pk).update(locked=False)
        return save(story, client)


def is_anyone_waiting() -> bool:
    """Whether another connection waits for this one, or for an advisory lock of this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
            " AND (pg_backend_pid() = ANY(pg_blocking_pids(pid)) OR database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return cursor.fetchone()[0] > 0


class Pause:
    """Pauses the withdrawal after it has locked the record, until the other request waits."""

    def __init__(self) -> None:
        self.has_begun = Event()
        self.other_waits = False

    def __call__(self, **sent: object) -> None:
        if self.has_begun.is_set():
            return  # a blocked withdrawal is repeated: pause it only once
        self.has_begun.set()
        end = time.monotonic() + TIMEOUT
        while not self.other_waits and time.monotonic() < end:
            self.other_waits = is_anyone_waiting()


def run(function: Callable[..., HttpResponse], *args: object) -> HttpResponse:
    """Run a function in a thread with its own database connection."""
    try:
        return function(*args)
    finally:
        connection.close()


@pytest.fixture
def pause() -> Iterator[Pause]:
    pause = Pause()
    withdrawn.connect(pause)
    yield pause
    withdrawn.disconnect(pause)


@pytest.mark.parametrize(
    "change",
    [
        *(save, publish, submit, approve, publish_in_bulk, unpublish, delete),
        save_after_locking_the_page,
    ],
)
def test_withdrawal_during_another_change_erases_everything(
    committed_story: StoryPage, pause: Pause, change: Callable[..., HttpResponse]
) -> None:
    user = User.objects.get(username="boss")
    if change is approve:
        Workflow.objects.get(name="Editors' approval").start(committed_story, user)
    clients = Client(), Client()
    for client in clients:
        client.force_login(user)
    url = reverse("consent_withdraw", args=["stories.storypage", committed_story.pk])
    with ThreadPoolExecutor(2) as pool:
        withdrawal = pool.submit(run, press_erase, clients[0], url, "Told")
        assert pause.has_begun.wait(TIMEOUT)
        changed = pool.submit(run, change, committed_story, clients[1])
        assert changed.result().status_code in (302, 404)
        assert "It has been erased." in withdrawal.result().content.decode()
    assert pause.other_waits
    for model in (StoryPage, ConsentRecord, TaskState, WorkflowState):
        assert not model._base_manager.exists()
    assert not PageLogEntry.objects.filter(label="Told").exists()
    assert not Revision.page_revisions.filter(object_id=committed_story.pk).exists()
