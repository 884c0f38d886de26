"""Runs background jobs in tests."""

from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector


def run_jobs(queue: InMemoryConnector) -> None:
    """Run the queued jobs, and those that they queue.

    They run in this thread, because worker threads cannot see uncommitted data.
    """
    while queue.jobs:
        jobs = list(queue.jobs.values())
        queue.reset()
        for job in jobs:
            app.tasks[job["task_name"]](**job["args"])
