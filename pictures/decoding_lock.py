"""Lets one thread on this machine decode a picture at a time.

A decoded picture takes up to MAX_DECODED_BYTES of `pictures/cleaning.py`, and each gunicorn process
has several threads. The lock is a file, because the processes share no memory.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_WAIT = 20  # seconds; less than gunicorn's timeout
POLL_INTERVAL = 0.02  # seconds


class TooBusy(Exception):
    """Other pictures were being decoded for MAX_WAIT seconds."""


@contextmanager
def decoding_lock() -> Iterator[None]:
    """Wait until no other thread or process holds the lock. Raises TooBusy. Not reentrant."""
    path = Path(tempfile.gettempdir()) / f"dpa-site-decoding-{os.getuid()}.lock"
    # Each open file has a lock of its own, so this also excludes other threads of this process.
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        _acquire(file, time.monotonic() + MAX_WAIT)
        yield
    finally:
        os.close(file)  # also releases the lock


def _acquire(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TooBusy from None
            time.sleep(POLL_INTERVAL)
