"""The worker process: each queue has its own slots, and a lost database does not end the worker."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.testing import InMemoryConnector

from dpa_site import worker
from staff.mail import errors_for_jobs

OWN_TASKS = {name: task for name, task in app.tasks.items() if "builtin" not in name}


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InMemoryConnector]:
    """The queue that `worker.run` uses, in memory."""
    connector = InMemoryConnector()
    monkeypatch.setattr(connector, "get_worker_connector", lambda: connector, raising=False)
    monkeypatch.setattr(worker, "ALIVE_FILE", tmp_path / "alive")
    monkeypatch.setattr(worker, "RESTART_DELAY", 0)
    monkeypatch.setattr(worker, "record_error", lambda job, error: None)
    with app.replace_connector(connector):
        yield connector


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("name", OWN_TASKS)
def test_task_is_in_a_queue_of_the_worker(name: str) -> None:
    assert OWN_TASKS[name].queue in worker.QUEUES
    is_sent = name.startswith(("mail_", "send_")) and name != "mail_password_reset"
    assert (OWN_TASKS[name].queue == "outgoing") >= is_sent


def test_schedule_runs_while_mail_server_is_silent(queue: InMemoryConnector) -> None:
    """And running jobs are finished before the worker stops."""
    published, sent = threading.Event(), []

    def call_command(command: str) -> None:
        if command == "publish_scheduled":
            published.set()
            stop()

    def send(delivery: str) -> None:
        published.wait(10)
        sent.append(delivery)

    for number in range(20):
        app.configure_task("send_webhook").defer(delivery=str(number))
    with (
        patch("dpa_site.tasks.call_command", call_command),
        patch.object(OWN_TASKS["send_webhook"], "func", lambda context, delivery: send(delivery)),
    ):
        app.configure_task("publish_scheduled").defer(timestamp=0)
        worker.run()
    assert published.is_set()
    assert 0 < len(sent) <= worker.QUEUES["outgoing"] * 2
    assert worker.ALIVE_FILE.exists()


def test_worker_starts_again_after_it_lost_the_database(
    queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checks = []

    async def check_connection(worker: App) -> bool:
        checks.append(True)
        if len(checks) == 1:
            raise ConnectorException
        stop()
        return True

    monkeypatch.setattr(App, "check_connection_async", check_connection)
    with caplog.at_level(logging.WARNING), patch("dpa_site.tasks.call_command"):
        worker.run()
    assert len(checks) > 1
    assert "The worker lost the database. It starts again." in caplog.messages


def test_each_failure_of_a_job_is_logged_and_recorded_without_personal_data(
    queue: InMemoryConnector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = []
    monkeypatch.setattr(worker, "record_error", lambda *error: recorded.append(error))

    def call_command(command: str) -> None:
        if command == "remind_stewards":
            stop()
            with errors_for_jobs():  # raises MailNotSent instead
                raise OSError("550 rosa@example.org")

    app.configure_task("remind_stewards").defer(timestamp=0)
    with caplog.at_level(logging.WARNING), patch("dpa_site.tasks.call_command", call_command):
        worker.run()
    (record,) = (each for each in caplog.records if each.name == "dpa_site.worker")
    assert record.fields == {"job": "remind_stewards", "attempt": 1, "error": "OSError"}
    assert recorded == [("remind_stewards", "OSError")]
