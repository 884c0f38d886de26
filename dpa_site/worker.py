"""The worker process: runs the jobs of three queues side by side until it is stopped.

Each queue has its own slots, so the schedule is on time even if a mail server is slow and thousands
of emails wait.
"""

import asyncio
import logging
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from dpa_site.models import LastError

if TYPE_CHECKING:
    from typing import Any

    from procrastinate import App, JobContext
    from procrastinate.middleware import AsyncCallNext
    from procrastinate.worker import Worker

logger = logging.getLogger("dpa_site.worker")
# Queue: how many of its jobs run at the same time. Each of them uses one connection of the pool in
# settings/production.py.
QUEUES = {
    # Short periodic tasks that wait for no other server, and purges of the CDN, one at a time.
    "schedule": 3,
    "outgoing": 3,  # emails and webhooks, which wait for other servers
    "default": 3,  # renditions, backups and everything else
}
# The health check of the container looks when this file was changed.
ALIVE_FILE = Path(tempfile.gettempdir()) / "dpa-site-worker"
ALIVE_INTERVAL = 10  # seconds
RESTART_DELAY = 2  # seconds


def run() -> None:
    """Run jobs until the process receives SIGTERM or SIGINT. Jobs that are running are finished."""
    asyncio.run(_run_until_stopped())


async def _run_until_stopped() -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    # The threads that run the jobs. By default there are too few for all slots.
    loop.set_default_executor(ThreadPoolExecutor(sum(QUEUES.values())))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    while True:
        try:
            await _run_queues(stop)
        # `except*`, because a task group raises all errors of its tasks together.
        except* (ConnectorException, psycopg.Error):
            pass
        if stop.is_set():
            break
        # procrastinate ends a queue when it loses the database.
        logger.warning("The worker lost the database. It starts again.")
        await asyncio.sleep(RESTART_DELAY)


async def _run_queues(stop: asyncio.Event) -> None:
    """Run all queues until `stop` is set or one of them ends."""
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as worker:
        async with worker.open_async(), asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    worker.run_worker_async(
                        queues=[queue],
                        name=queue,
                        concurrency=slots,
                        worker_middleware=[warn_of_failure],
                        install_signal_handlers=False,
                    )
                )
                for queue, slots in QUEUES.items()
            ]
            tasks += [group.create_task(_stay_alive(worker)), group.create_task(_wait(stop))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()  # procrastinate finishes the running jobs


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


async def _stay_alive(worker: "App") -> None:
    """Touch ALIVE_FILE while this process can reach the job queue."""
    while True:
        await worker.check_connection_async()
        ALIVE_FILE.touch()
        await asyncio.sleep(ALIVE_INTERVAL)


async def warn_of_failure(
    call_next: "AsyncCallNext", context: "JobContext", worker: "Worker"
) -> "Any":
    """Log and record each failure of a job. procrastinate logs only the last one as an error."""
    try:
        return await call_next()
    except Exception as error:
        # Errors such as MailNotSent replace the error that says what is wrong.
        job, cause = context.job.task_name, error.__cause__ or error.__context__ or error
        name = type(cause).__name__
        fields = {"job": job, "attempt": context.job.attempts + 1, "error": name}
        logger.warning("A job failed", extra={"fields": fields})
        await sync_to_async(record_error)(job, name)
        raise


def record_error(job: str, error: str) -> None:
    """Store the error for the health checks."""
    try:
        LastError.objects.update_or_create(job=job, defaults={"error": error, "at": Now()})
    except DatabaseError:
        pass  # nothing can be recorded while the database is away
    finally:
        close_old_connections()
