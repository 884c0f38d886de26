"""The database role of compose.yaml, and the warning about a superuser."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from dpa_site.devtools import embedded_postgres
from dpa_site.management.commands import release

SCRIPT = settings.BASE_DIR / "deploy/postgres/role.sql"
UPGRADE_SCRIPT = settings.BASE_DIR / "deploy/postgres-upgrade.sql"
COMPOSE = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")


@pytest.fixture
def psql() -> Iterator[list[str]]:
    """The first arguments of a psql command for the embedded server.

    Afterward, the role and the database `site` are dropped.
    """
    if not settings.EMBEDDED_POSTGRES:
        pytest.skip("a server of your own may already have a role or a database named `site`")
    database = settings.DATABASES["default"]
    command = [
        str(embedded_postgres.programs() / "psql"),
        *("--no-psqlrc", "--variable=ON_ERROR_STOP=1", "--tuples-only", "--no-align"),
        *(f"--host={database['HOST']}", f"--username={database['USER']}"),
    ]
    yield command
    for statement in ("DROP DATABASE IF EXISTS site", "DROP ROLE IF EXISTS site"):
        subprocess.run([*command, "--command", statement, "postgres"], check=True)


def test_compose_makes_ordinary_role(psql: list[str]) -> None:
    environment = os.environ | {"POSTGRES_PASSWORD": "it's secret"}
    subprocess.run([*psql, f"--file={SCRIPT}", "postgres"], env=environment, check=True)
    attributes = """
        SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
            rolpassword <> '',
            (SELECT inherit_option FROM pg_auth_members WHERE member = pg_authid.oid),
            (SELECT datname FROM pg_database WHERE datdba = pg_authid.oid)
        FROM pg_authid WHERE rolname = 'site'"""
    run = [*psql, "--command", attributes, "postgres"]
    found = subprocess.run(run, capture_output=True, check=True, text=True).stdout
    assert found.strip() == "f|f|t|f|f|t|f|site"
    password = "SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'postgres'"
    run = [*psql, "--command", password, "postgres"]
    assert subprocess.run(run, capture_output=True, check=True, text=True).stdout.strip() == "t"


def test_compose_mounts_the_script_and_connects_as_its_role() -> None:
    assert "- ./deploy/postgres:/docker-entrypoint-initdb.d:ro\n" in COMPOSE
    assert "postgres://site:" in COMPOSE
    assert not re.search("POSTGRES_(USER|DB):", COMPOSE)


def test_web_cannot_write_backups() -> None:
    web = COMPOSE[COMPOSE.index("\n  web:") : COMPOSE.index("\n  edge:")]
    assert "- ${BACKUPS:-backups}:/data/backups:ro" in web


@pytest.mark.parametrize("is_superuser", [True, False])
def test_release_warns_about_superuser(
    db: None, is_superuser: bool, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(release, "call_command", lambda *args, **options: None)
    with connection.cursor() as cursor:
        if not is_superuser:
            cursor.execute(
                "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO pg_monitor"
            )
            cursor.execute("SET LOCAL ROLE pg_monitor")
        call_command("release", password_file=None)
    assert ("is a superuser" in capsys.readouterr().err) == is_superuser


@pytest.fixture
def old_database(tmp_path: Path, psql: list[str]) -> Iterator[list[str]]:
    """The first arguments of a psql command for a server whose superuser is `site`.

    The server's database `site` has a view, a function, an enum and a table with a sequence.
    """
    entry = embedded_postgres.ensure(tmp_path / "server", durable=False)
    start = [*psql[:-2], f"--host={entry['HOST']}"]

    def run(user: str, *statements: str) -> None:
        commands = [f"--command={statement}" for statement in statements]
        subprocess.run([*start, f"--username={user}", *commands, "postgres"], check=True)

    run("postgres", "CREATE ROLE other SUPERUSER LOGIN")
    run("other", "ALTER ROLE postgres RENAME TO site")
    run("site", "DROP ROLE other", "ALTER ROLE site PASSWORD 'secret'", "CREATE DATABASE site")
    objects = """
        CREATE TYPE color AS ENUM ('red');
        CREATE TABLE page (id bigint GENERATED ALWAYS AS IDENTITY, color color);
        CREATE VIEW pages AS SELECT * FROM page;
        CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1;"""
    command = [*start, "--username=site", f"--command={objects}", "site"]
    subprocess.run(command, check=True)
    try:
        yield start
    finally:
        embedded_postgres.stop(tmp_path / "server")


def test_upgrade_script_changes_everything_or_nothing(old_database: list[str]) -> None:
    def run(user: str, statement: str) -> str:
        command = [*old_database, f"--username={user}", f"--command={statement}", "site"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    def upgrade(script: str) -> int:
        command = [*old_database, "--username=site", "site"]
        return subprocess.run(command, input=script, text=True, check=False).returncode

    roles = "SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"
    script = UPGRADE_SCRIPT.read_text("utf-8")
    run("site", "CREATE ROLE postgres")
    assert upgrade(script) != 0
    assert run("site", roles) == "postgres|f\nsite|t\n"
    run("site", "DROP ROLE postgres")
    assert upgrade(script.replace("DROP ROLE upgrade;", "SELECT 1/0;")) != 0
    assert run("site", roles) == "site|t\n"

    run("site", "CREATE ROLE upgrade SUPERUSER LOGIN")  # an earlier version left it behind
    password = "SELECT rolpassword FROM pg_authid WHERE rolname = 'site'"
    former = run("site", password)
    assert upgrade(script) == 0
    assert run("postgres", roles) == "postgres|t\nsite|f\n"
    assert run("postgres", password) == former
    owners = """
        SELECT DISTINCT pg_get_userbyid(owner) FROM (
            SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION SELECT typowner FROM pg_type WHERE typnamespace = 'public'::regnamespace
            UNION SELECT datdba FROM pg_database WHERE datname = 'site'
        ) AS owners"""
    assert run("postgres", owners) == "site\n"
    assert upgrade(script) != 0
    assert run("postgres", roles) == "postgres|t\nsite|f\n"
