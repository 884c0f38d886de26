"""Runs pg_dump and pg_restore, and creates and swaps databases, for backup and restore."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from dpa_site.devtools import embedded_postgres

RENAME_ATTEMPTS = 20  # a database cannot be renamed while it has connections
# State of the running site, not content: open sessions, failed logins and queued jobs. A restore
# would also bring back links to drafts that somebody has ended since.
EXCLUDED_TABLES = (
    *("django_session", "staff_failed_log_ins", "procrastinate_*", "editorial_draftlink"),
)


def program(name: str) -> str:
    """The path of pg_dump or pg_restore. Uses those of the embedded PostgreSQL if it runs."""
    if settings.EMBEDDED_POSTGRES:
        return str(embedded_postgres.programs() / name)
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is not installed. On Debian: apt install postgresql-client.")
    return found


def arguments() -> tuple[list[str], dict[str, str]]:
    """Connection options for a PostgreSQL program, and an environment with the password."""
    database = settings.DATABASES["default"]
    keys = {"host": "HOST", "port": "PORT", "username": "USER", "dbname": "NAME"}
    options = [f"--{option}={database[key]}" for option, key in keys.items() if database[key]]
    return options, os.environ | {"PGPASSWORD": database["PASSWORD"] or ""}


def _run(name: str, *extra: str) -> None:
    options, environment = arguments()
    result = subprocess.run(
        [program(name), *options, *extra],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode:
        raise CommandError(f"{name} failed: {result.stderr.strip()}")


def dump(file: Path, snapshot: str) -> None:
    """Dump the database into `file`, as of the exported `snapshot`."""
    excluded = (f"--exclude-table-data={table}" for table in EXCLUDED_TABLES)
    _run(
        "pg_dump",
        *("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"),
        *(*excluded, f"--file={file}"),
    )


def load(file: Path) -> None:
    """Restore a dump into the empty database, in one transaction."""
    _run("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", str(file))


@contextmanager
def second_database() -> Iterator[str]:
    """Create an empty database on the same server and yield its name. Drops it unless swapped."""
    name = f"{connection.settings_dict['NAME']}_restored"
    try:
        _maintain(_drop(name))
        _maintain(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
    except psycopg.Error as error:
        raise CommandError(f"A second database could not be created: {error}") from error
    try:
        yield name
    finally:
        _maintain(_drop(name))


@contextmanager
def in_use(name: str) -> Iterator[None]:
    """Connect Django and the PostgreSQL programs to the database `name` within the block."""
    original = connection.settings_dict["NAME"]
    try:
        _use(name)
        yield
    finally:
        _use(original)


def swap(name: str) -> None:
    """Replace the current database by `name` and drop the old one. The renames are atomic."""
    current = connection.settings_dict["NAME"]
    former = f"{current}_former"
    _use(current)
    _maintain(_drop(former))
    terminate = SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    rename = SQL("ALTER DATABASE {} RENAME TO {}")
    for attempt in range(RENAME_ATTEMPTS):
        try:
            _maintain(
                terminate.format(Literal(current)),
                rename.format(Identifier(current), Identifier(former)),
                rename.format(Identifier(name), Identifier(current)),
            )
            break
        except psycopg.errors.ObjectInUse:  # another client has connected since
            if attempt == RENAME_ATTEMPTS - 1:
                raise
    _maintain(_drop(former))


def _use(name: str) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _drop(name: str) -> Composed:
    return SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))


def _maintain(*statements: Composed) -> None:
    """Run statements in the `postgres` database; several run in one transaction."""
    database = settings.DATABASES["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        user=database["USER"],
        password=database["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as maintenance:
        if len(statements) == 1:
            maintenance.execute(statements[0])
            return
        with maintenance.transaction():
            for statement in statements:
                maintenance.execute(statement)
