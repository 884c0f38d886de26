"""The database role of compose.yaml, and the warning about a superuser."""

import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from dpa_site.devtools import embedded_postgres
from dpa_site.management.commands import release

SCRIPT = settings.BASE_DIR / "deploy/postgres/role.sql"
COMPOSE = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")


@pytest.fixture
def psql() -> Iterator[list[str]]:
    """The start of a psql command for the embedded server.

    Afterward, the role and the database `site` are dropped.
    """
    if not settings.EMBEDDED_POSTGRES:
        pytest.skip("creates a role and a database named `site`")
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
