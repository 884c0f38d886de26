"""Locks that all processes on all machines share, through PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection


class LockTimeout(Exception):
    """Raised when another process holds a lock for too long."""


@contextmanager
def advisory_lock(*names: str, timeout: int) -> Iterator[None]:
    """Let only one process at a time run the block, for each of these names.

    Raises LockTimeout if another process holds a lock longer than `timeout` seconds.

    Each lock belongs to a transaction of an extra connection, and not to a session. A connection
    pooler may run the statements of one session on several connections, and the lock of a session
    would stay on the first one forever.
    """
    with psycopg.connect(**connection.get_connection_params()) as holder:
        # A server may end transactions that do nothing for a while. This one waits for the block.
        holder.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        holder.execute("SELECT set_config('lock_timeout', %s, true)", [f"{timeout}s"])
        try:
            for name in sorted(names):  # in the same order everywhere, to prevent deadlocks
                holder.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        except psycopg.errors.LockNotAvailable:
            raise LockTimeout from None
        yield
