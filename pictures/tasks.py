"""What the worker makes of a picture after its upload."""

from django.apps import apps
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app


@app.task(name="make_sizes", retry=RetryStrategy(max_attempts=3, wait=20))
def make_sizes(picture: int) -> None:
    # It may have been deleted meanwhile.
    for found in apps.get_model("pictures.Picture").objects.filter(pk=picture):
        found.make_sizes()


def ask_for_sizes(picture: int) -> None:
    """Once is enough while the worker has not begun; it makes whatever is missing then.

    Two that ask at the same moment do no harm. A queueing lock would: a job that failed could not
    wait for its second attempt beside one that was asked for meanwhile, and both would be stuck.
    """
    name = f"make_sizes-{picture}"
    if not app.job_manager.list_jobs(lock=name, status="todo"):
        make_sizes.configure(lock=name).defer(picture=picture)
