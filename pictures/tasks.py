"""What the worker makes of a picture after its upload."""

from contextlib import suppress

from django.apps import apps
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


@app.task(name="make_sizes", retry=RetryStrategy(max_attempts=3, wait=20))
def make_sizes(picture: int) -> None:
    # It may have been deleted meanwhile.
    for found in apps.get_model("pictures.Picture").objects.filter(pk=picture):
        found.make_sizes()


def ask_for_sizes(picture: int) -> None:
    """Once is enough while the worker has not begun; it makes whatever is missing then."""
    name = f"make_sizes-{picture}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        make_sizes.configure(lock=name, queueing_lock=name).defer(picture=picture)
