"""Lets one thread on this machine decode a picture at a time.

Decoding a picture takes up to MAX_MEMORY of `pictures/cleaning.py`, and each gunicorn process
has several threads. The lock is a file, because the processes share no memory.
"""

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.utils import translation

from staff.low_priority import low_priority_thread

LOCK_FILE = Path(tempfile.gettempdir()) / f"dpa-site-decoding-{os.getuid()}.lock"
MAX_WAIT = 20  # seconds; less than gunicorn's timeout
POLL_INTERVAL = 0.02  # seconds
# How many of a process's four threads may wait for the lock, so that the others can serve readers.
# If that many are waiting already, another thread gives up after a second.
MAX_WAITING = 2
MAX_WAIT_TO_WAIT = 1  # seconds

_waiting = threading.BoundedSemaphore(MAX_WAITING)


_thread = low_priority_thread("decoding")
Result = TypeVar("Result")


class TooBusy(Exception):
    """The lock was not free for MAX_WAIT seconds, or too many threads are waiting for it."""


@contextmanager
def decoding_lock() -> Iterator[None]:
    """Wait until no other thread or process holds the lock. Raises TooBusy. Not reentrant."""
    # Each call opens the file, and flock belongs to an open file. So other threads of this process
    # wait, too.
    file = os.open(LOCK_FILE, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        if not _waiting.acquire(timeout=MAX_WAIT_TO_WAIT):
            raise TooBusy
        try:
            _acquire(file, time.monotonic() + MAX_WAIT)
        finally:
            _waiting.release()
        yield
    finally:
        os.close(file)  # also releases the lock


def decode(function: Callable[[], Result]) -> Result:
    """Call `function`, which decodes a picture, with the lock and with low priority.

    It must not use the database, because it runs in another thread. Raises TooBusy.
    """
    language = translation.get_language()  # of error messages

    def run() -> Result:
        with translation.override(language):
            return function()

    with decoding_lock():
        return _thread.submit(run).result()


def _acquire(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TooBusy from None
            time.sleep(POLL_INTERVAL)
