"""The worker's list: each thing once at a time, and one failure does not stop the rest."""

from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from django.core.management import get_commands
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.testing import InMemoryConnector

from dpa_site import tasks


@pytest.fixture
def queue() -> Iterator[InMemoryConnector]:
    """A queue in memory: a worker's threads would not see what a test has not committed."""
    with app.replace_connector(InMemoryConnector()) as worker:
        yield worker.connector


def work() -> list[str]:
    """Lets a worker do all that is due; what it called."""
    with patch("dpa_site.tasks.call_command") as called:
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    return [call.args[0] for call in called.call_args_list]


@pytest.mark.parametrize("command", tasks.SCHEDULE)
def test_the_clock_runs_commands_of_the_site(command: str, queue: InMemoryConnector) -> None:
    assert command in get_commands()
    app.tasks[command].defer(timestamp=0)
    assert command in work()


def test_everything_on_the_clock_is_due_by_itself() -> None:
    due = {name for name, _id in app.periodic_registry.periodic_tasks}
    assert due >= set(tasks.SCHEDULE)


def test_a_slow_turn_does_not_pile_up_others(queue: InMemoryConnector) -> None:
    app.tasks["check_links"].defer(timestamp=0)
    with pytest.raises(AlreadyEnqueued):
        app.tasks["check_links"].defer(timestamp=60)


def test_one_failure_does_not_stop_the_rest_and_is_tried_again(queue: InMemoryConnector) -> None:
    for command in tasks.SCHEDULE:
        app.tasks[command].defer(timestamp=0)
    done = []

    def call(command: str) -> None:
        if command == "publish_scheduled":
            raise OSError("the disk is full")
        done.append(command)

    with patch("dpa_site.tasks.call_command", side_effect=call):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert set(done) == set(tasks.SCHEDULE) - {"publish_scheduled"}
    failed = next(job for job in queue.jobs.values() if job["task_name"] == "publish_scheduled")
    assert failed["status"] == "todo"
    assert failed["scheduled_at"] is not None


def test_a_turn_that_fails_while_the_next_one_waits_makes_room_for_it(
    queue: InMemoryConnector,
) -> None:
    app.tasks["check_links"].defer(timestamp=0)
    turns: list[str] = []

    def call(command: str) -> None:
        turns.append(command)
        if command == "check_links" and turns.count(command) == 1:
            # It was so slow that the next minute has come.
            app.tasks["check_links"].defer(timestamp=60)
            raise OSError("the network is away")

    with patch("dpa_site.tasks.call_command", side_effect=call):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    jobs = [job for job in queue.jobs.values() if job["task_name"] == "check_links"]
    assert [job["status"] for job in jobs] == ["failed", "succeeded"]


@pytest.mark.parametrize(("next_waits", "status"), [(True, "failed"), (False, "todo")])
@pytest.mark.django_db
def test_what_a_dead_worker_held_is_given_out_again_once(next_waits: bool, status: str) -> None:
    app.tasks["check_links"].defer(timestamp=0)
    held = ProcrastinateJob.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")  # by nobody who lives
    if next_waits:
        app.tasks["check_links"].defer(timestamp=60)
    async_to_sync(tasks.retry_stalled.func)(SimpleNamespace(app=app), timestamp=0)
    held.refresh_from_db()
    assert held.status == status
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1
