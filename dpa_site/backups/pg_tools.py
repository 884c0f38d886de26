"""PostgreSQL's own programs and databases: what backup and restore do with them."""

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

ATTEMPTS = 20  # to rename a database, which nobody may be in
# What belongs to the running site and not to its content: log-ins that are open, jobs that wait.
NOT_SAVED = ("django_session", "staff_failed_log_ins", "procrastinate_*")


def program(name: str) -> str:
    """The path of pg_dump or pg_restore: the embedded one where that server is used."""
    if settings.EMBEDDED_POSTGRES:
        return str(embedded_postgres.programs() / name)
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is not installed. On Debian: apt install postgresql-client.")
    return found


def arguments() -> tuple[list[str], dict[str, str]]:
    """What connects a program to our database: arguments, and an environment with the password."""
    database = settings.DATABASES["default"]
    keys = {"host": "HOST", "port": "PORT", "username": "USER", "dbname": "NAME"}
    options = [f"--{option}={database[key]}" for option, key in keys.items() if database[key]]
    return options, os.environ | {"PGPASSWORD": database["PASSWORD"] or ""}


def _run(name: str, *more: str) -> None:
    options, environment = arguments()
    done = subprocess.run(
        [program(name), *options, *more],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{name} failed: {done.stderr.strip()}")


def dump(file: Path, snapshot: str) -> None:
    """The database as the transaction sees it that exported `snapshot`."""
    without = (f"--exclude-table-data={table}" for table in NOT_SAVED)
    _run(
        "pg_dump",
        *("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"),
        *(*without, f"--file={file}"),
    )


def load(file: Path) -> None:
    """Fills the database, which is empty, with what `dump` wrote: all or nothing."""
    _run("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", str(file))


@contextmanager
def second_database() -> Iterator[str]:
    """The name of a new, empty database beside ours; it is dropped unless it was swapped."""
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
    """Django and the programs work in the database `name` until the end."""
    ours = connection.settings_dict["NAME"]
    try:
        _use(name)
        yield
    finally:
        _use(ours)


def swap(name: str) -> None:
    """Puts the database `name` in the place of ours, which is dropped: both or neither."""
    ours = connection.settings_dict["NAME"]
    former = f"{ours}_former"
    _use(ours)
    _maintain(_drop(former))
    end_others = SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    rename = SQL("ALTER DATABASE {} RENAME TO {}")
    for attempt in range(ATTEMPTS):
        try:
            _maintain(
                end_others.format(Literal(ours)),
                rename.format(Identifier(ours), Identifier(former)),
                rename.format(Identifier(name), Identifier(ours)),
            )
            break
        except psycopg.errors.ObjectInUse:  # somebody came in between
            if attempt == ATTEMPTS - 1:
                raise
    _maintain(_drop(former))


def _use(name: str) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _drop(name: str) -> Composed:
    return SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))


def _maintain(*statements: Composed) -> None:
    """Runs what cannot run in the database that it is about; several are one transaction."""
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
