"""Background task that makes the renditions of an uploaded picture."""

from django.apps import apps
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app


@app.task(name="make_sizes", retry=RetryStrategy(max_attempts=3, wait=20))
def make_sizes(picture: int) -> None:
    # The picture may have been deleted since.
    for found in apps.get_model("pictures.Picture").objects.filter(pk=picture):
        found.make_sizes()


def enqueue_sizes(picture: int) -> None:
    """Enqueue `make_sizes` unless a job for this picture is already waiting.

    Two jobs for the same picture are harmless, so there is no queueing lock. With that lock, a
    failed job could not be queued for its retry while a newer job waits, and both would be stuck.
    """
    name = f"make_sizes-{picture}"
    if not app.job_manager.list_jobs(lock=name, status="todo"):
        make_sizes.configure(lock=name).defer(picture=picture)
