"""Creates and swaps databases, to verify and to restore backups."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import CommandError
from django.db import connection
from psycopg.sql import SQL, Composed, Identifier, Literal

RENAME_ATTEMPTS = 20  # a database cannot be renamed while it has connections


@contextmanager
def second_database() -> Iterator[str]:
    """Create an empty database on the same server and yield its name.

    Drops it afterward, unless `swap` has renamed it. Only one process may use this at a time: a
    second process would drop the database of the first.
    """
    name = _second()
    with _locked(name) as is_locked:
        if not is_locked:
            raise CommandError(
                "Another backup is being restored or verified. Wait until it is done."
            )
        try:
            _drop(name)
            _maintain(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        except psycopg.Error as error:
            raise CommandError(f"A second database could not be created: {error}") from error
        try:
            yield name
        finally:
            _drop(name)


def drop_abandoned() -> None:
    """Drop the second database that a killed process left, unless another process uses it."""
    name = _second()
    # Ignore errors: a role that may not connect to `postgres` cannot have made the database.
    with suppress(psycopg.Error), _locked(name) as is_locked:
        if is_locked and _exists(name):
            _drop(name)


@contextmanager
def _locked(name: str) -> Iterator[bool]:
    """Try to lock a name, and yield whether that succeeded.

    The lock belongs to a transaction, so it ends if the process is killed.
    """
    with _maintenance() as server, server.transaction():
        query = "SELECT pg_try_advisory_xact_lock(hashtext(%s))"
        yield server.execute(query, [name]).fetchone() == (True,)


@contextmanager
def in_use(name: str) -> Iterator[None]:
    """Connect Django to the database `name` within the block."""
    original = connection.settings_dict["NAME"]
    try:
        _use(name)
        yield
    finally:
        _use(original)


def swap(name: str) -> None:
    """Replace the current database by `name`, completely or not at all.

    The old database is renamed; `drop_former` drops it.
    """
    current = connection.settings_dict["NAME"]
    former = _former()
    _use(current)
    _drop(former)
    rename = SQL("ALTER DATABASE {} RENAME TO {}")
    for attempt in range(RENAME_ATTEMPTS):
        try:
            _maintain(
                _disconnect(current),
                rename.format(Identifier(current), Identifier(former)),
                rename.format(Identifier(name), Identifier(current)),
            )
            break
        except psycopg.errors.ObjectInUse as error:  # another client has connected since
            if attempt == RENAME_ATTEMPTS - 1:
                raise CommandError(
                    f"Other programs are connected to the database {current}. End them, such as "
                    "psql, web and worker, and try again."
                ) from error
        except psycopg.OperationalError:
            if _exists(name):
                raise
            break  # the connection was lost after the commit


def drop_former() -> None:
    """Drop the database that `swap` has replaced."""
    _drop(_former())


def _second() -> str:
    return f"{connection.settings_dict['NAME']}_restored"


def _former() -> str:
    return f"{connection.settings_dict['NAME']}_former"


def _use(name: str) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()  # a content type may have another pk in this database


def _disconnect(name: str) -> Composed:
    # Only connections of our own role: an ordinary role may not end the connections of other roles,
    # and PostgreSQL itself ends the connections of autovacuum.
    return SQL(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = {} AND usename = current_user"
    ).format(Literal(name))


def _exists(name: str) -> bool:
    with _maintenance() as server:
        query = "SELECT FROM pg_database WHERE datname = %s"
        return server.execute(query, [name]).fetchone() is not None


def _drop(name: str) -> None:
    _maintain(_disconnect(name))
    _maintain(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def _maintain(*statements: Composed) -> None:
    """Run statements in the `postgres` database; several run in one transaction."""
    with _maintenance() as server:
        if len(statements) == 1:
            server.execute(statements[0])
            return
        with server.transaction():
            for statement in statements:
                server.execute(statement)


def _maintenance() -> psycopg.Connection:
    """A connection to the `postgres` database, in autocommit mode."""
    parameters = connection.get_connection_params() | {"dbname": "postgres", "autocommit": True}
    return psycopg.connect(**parameters)
