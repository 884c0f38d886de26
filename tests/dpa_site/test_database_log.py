"""PostgreSQL's own log contains no statements and no values."""

# ruff: noqa: S608  the statements contain values on purpose

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from dpa_site.devtools import embedded_postgres
from dpa_site.observability import database_log

WORD = "SecretWord"
Connect = Callable[[], psycopg.Connection]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Connect]]:
    """Start a separate server in `tmp_path`, and return a function that connects to it."""
    folder = tmp_path / "postgres"

    def start() -> Connect:
        entry = embedded_postgres.ensure(folder, durable=False)
        dsn = f"host={entry['HOST']} user={entry['USER']} dbname={entry['NAME']}"
        return lambda: psycopg.connect(dsn, autocommit=True)

    yield start
    embedded_postgres.stop(folder)


def fail_in_every_way(connect: Connect) -> None:
    """Run statements that contain WORD and fail. Kill the server process of the last statement."""
    with connect() as one:
        one.execute("CREATE TABLE stories (name text UNIQUE, number int CHECK (number > 0))")
        one.execute("INSERT INTO stories VALUES (%s, 1), ('other', 2)", [WORD])
        for statement in (
            f"SELECT {WORD}",
            f"SELECT '{WORD}'::int",
            f"SELECT FROM stories WHERE name = '{WORD}' AND",
            f"INSERT INTO stories VALUES ('{WORD}', 3)",
            f"INSERT INTO stories VALUES ('{WORD} again', -1)",
            f"SET statement_timeout = 50; SELECT pg_sleep(9), '{WORD}'",
            f"DO $$ BEGIN RAISE WARNING '{WORD}'; END $$",
            f"SELECT to_tsquery('{WORD} & (')",
        ):
            with contextlib.suppress(psycopg.Error):
                one.execute(statement)
    with connect() as one, connect() as other:
        one.execute("BEGIN")
        one.execute("UPDATE stories SET number = 5 WHERE name = 'other'")
        other.execute("SET lock_timeout = 50")
        with contextlib.suppress(psycopg.Error):
            other.execute(f"UPDATE stories SET name = '{WORD} x' WHERE name = 'other'")
        other.execute("SET lock_timeout = 0; SET deadlock_timeout = 50; SET log_lock_waits = on")
        other.execute("BEGIN")
        other.execute("UPDATE stories SET number = 5 WHERE number = 1")
        waiting = run(connect, other, f"UPDATE stories SET name = '{WORD} y' WHERE name = 'other'")
        with contextlib.suppress(psycopg.Error):
            one.execute(f"UPDATE stories SET name = '{WORD} z' WHERE name = '{WORD}'")
        with contextlib.suppress(psycopg.Error):
            one.execute("ROLLBACK")
        waiting.join()
    for end in ("pg_cancel_backend", "pg_terminate_backend"):
        with connect() as one, connect() as other:
            sleeping = run(connect, one, f"SELECT pg_sleep(9), '{WORD}'")
            other.execute(f"SELECT {end}(%s)", [one.info.backend_pid])
            sleeping.join()
    with connect() as one:
        sleeping = run(connect, one, f"SELECT pg_sleep(9), '{WORD}'")
        os.kill(one.info.backend_pid, signal.SIGKILL)
        sleeping.join()


def run(connect: Connect, client: psycopg.Connection, statement: str) -> Thread:
    """Run the statement in a thread. Returns when the server has started to execute it."""

    def execute() -> None:
        with contextlib.suppress(psycopg.Error):
            client.execute(statement)

    pid = client.info.backend_pid
    thread = Thread(target=execute)
    thread.start()
    begun = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
    with connect() as other:
        while thread.is_alive() and not other.execute(begun, [pid]).fetchone():
            time.sleep(0.01)
    return thread


def log_after_crash(folder: Path) -> str:
    """Wait until the server has logged that one of its processes was killed; return the log."""
    end = time.monotonic() + 30
    while "terminated by signal 9" not in (log := (folder / "log").read_text()):
        assert time.monotonic() < end, log
        time.sleep(0.1)
    return log


def test_failed_statements_are_not_logged(start: Callable[[], Connect], tmp_path: Path) -> None:
    fail_in_every_way(start())
    assert WORD not in log_after_crash(tmp_path / "postgres")


def test_failed_statements_are_logged_without_the_settings(
    start: Callable[[], Connect], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that the test above can fail."""
    monkeypatch.setattr(embedded_postgres, "SERVER_OPTIONS", "")
    fail_in_every_way(start())
    assert log_after_crash(tmp_path / "postgres").count(WORD) > 15


def test_compose_sets_every_setting() -> None:
    text = " ".join((settings.BASE_DIR / "compose.yaml").read_text("utf-8").split())
    assert f"command: >- postgres {database_log.SERVER_OPTIONS}" in text


def test_docs_name_every_setting_and_value() -> None:
    text = (settings.BASE_DIR / "docs/operations.md").read_text("utf-8")
    table = text.partition("| setting | value |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", table, re.MULTILINE))
    told = {
        name: set(re.findall(r"`([^`]+)`", values)) | ({""} if "empty" in values else set())
        for names, values in rows.items()
        for name in re.findall(r"`([^`]+)`", names)
    }
    expected = database_log.SETTINGS | database_log.EXTENSIONS
    assert told == {name: set(values) for name, values in expected.items()}


@pytest.mark.django_db
def test_unsafe_settings_are_found() -> None:
    assert list(database_log.unsafe_settings()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL log_min_duration_statement = 250")
        cursor.execute("SET LOCAL pgaudit.log = 'read'")
    assert list(database_log.unsafe_settings()) == [
        ("log_min_duration_statement", "250ms"),
        ("pgaudit.log", "read"),
    ]


@pytest.mark.django_db
def test_start_warns_of_unsafe_settings(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_log, "unsafe_settings", lambda: [("log_statement", "all")])
    database_log.warn()
    (record,) = caplog.records
    assert record.__dict__["fields"] == {"setting": "log_statement", "value": "all"}
