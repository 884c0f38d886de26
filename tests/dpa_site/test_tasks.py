"""Periodic tasks: one run at a time, and a failure does not stop the others."""

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

COMMANDS = [command for queue in tasks.SCHEDULE.values() for command in queue]


@pytest.fixture
def queue() -> Iterator[InMemoryConnector]:
    """An in-memory queue, because worker threads do not see the test's transaction."""
    with app.replace_connector(InMemoryConnector()) as worker:
        yield worker.connector


def run_worker() -> list[str]:
    """Run a worker until the queue is empty. Return the commands that it called."""
    with patch("dpa_site.tasks.call_command") as called:
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    return [call.args[0] for call in called.call_args_list]


@pytest.mark.parametrize("command", COMMANDS)
def test_task_runs_its_command(command: str, queue: InMemoryConnector) -> None:
    assert command in get_commands()
    app.tasks[command].defer(timestamp=0)
    assert command in run_worker()


def test_schedule_is_registered_as_periodic_tasks() -> None:
    due = {name for name, _id in app.periodic_registry.periodic_tasks}
    assert due >= set(COMMANDS)


def test_task_is_queued_only_once(queue: InMemoryConnector) -> None:
    app.tasks["check_links"].defer(timestamp=0)
    with pytest.raises(AlreadyEnqueued):
        app.tasks["check_links"].defer(timestamp=60)


def test_failed_task_is_retried_and_others_run(queue: InMemoryConnector) -> None:
    for command in COMMANDS:
        app.tasks[command].defer(timestamp=0)
    done = []

    def call(command: str) -> None:
        if command == "publish_scheduled":
            raise OSError("the disk is full")
        done.append(command)

    with patch("dpa_site.tasks.call_command", side_effect=call):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert set(done) == set(COMMANDS) - {"publish_scheduled"}
    failed = next(job for job in queue.jobs.values() if job["task_name"] == "publish_scheduled")
    assert failed["status"] == "todo"
    assert failed["scheduled_at"] is not None


def test_failed_task_is_not_retried_if_next_run_is_queued(
    queue: InMemoryConnector,
) -> None:
    app.tasks["check_links"].defer(timestamp=0)
    calls: list[str] = []

    def call(command: str) -> None:
        calls.append(command)
        if command == "check_links" and calls.count(command) == 1:
            # The run took so long that the next one was queued.
            app.tasks["check_links"].defer(timestamp=60)
            raise OSError("the network is away")

    with patch("dpa_site.tasks.call_command", side_effect=call):
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    jobs = [job for job in queue.jobs.values() if job["task_name"] == "check_links"]
    assert [job["status"] for job in jobs] == ["failed", "succeeded"]


@pytest.mark.parametrize(("next_is_queued", "status"), [(True, "failed"), (False, "todo")])
@pytest.mark.django_db
def test_stalled_job_is_retried_unless_next_run_is_queued(
    next_is_queued: bool, status: str
) -> None:
    app.tasks["check_links"].defer(timestamp=0)
    stalled = ProcrastinateJob.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")  # the worker has died
    if next_is_queued:
        app.tasks["check_links"].defer(timestamp=60)
    async_to_sync(tasks.retry_stalled.func)(SimpleNamespace(app=app), timestamp=0)
    stalled.refresh_from_db()
    assert stalled.status == status
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1


@pytest.mark.parametrize(
    ("task", "retries"),
    [("check_links", 2), ("send_webhook", 8), ("make_sizes", 3), ("delete_old_jobs", 0)],
)
@pytest.mark.django_db
def test_job_that_kills_its_worker_is_given_up(
    task: str, retries: int, caplog: pytest.LogCaptureFixture
) -> None:
    app.configure_task(task).defer()
    for _death in range(retries):
        die_and_retry()
        assert ProcrastinateJob.objects.get().status == "todo"
    die_and_retry()
    assert ProcrastinateJob.objects.get().status == "failed"
    (record,) = caplog.records
    assert record.fields == {"job": task, "attempts": retries + 1}


def die_and_retry() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    async_to_sync(tasks.retry_stalled.func)(SimpleNamespace(app=app), timestamp=0)
