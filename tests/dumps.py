"""Runs pg_dump. Tests search a dump for data that must not be stored, or forge a backup from it."""

import os
import shutil
import subprocess

from django.conf import settings

from dpa_site.devtools import embedded_postgres


def dump_database() -> str:
    """The current database in plain SQL."""
    return pg_dump(settings.DATABASES["default"]["NAME"]).decode()


def pg_dump(name: str, *options: str) -> bytes:
    """The output of pg_dump for the database `name`."""
    database = settings.DATABASES["default"]
    program = shutil.which("pg_dump")
    if settings.EMBEDDED_POSTGRES:
        program = str(embedded_postgres.programs() / "pg_dump")
    assert program, "pg_dump is not installed. On Debian: apt install postgresql-client."
    keys = {"host": "HOST", "port": "PORT", "username": "USER"}
    found = [f"--{option}={database[key]}" for option, key in keys.items() if database[key]]
    return subprocess.run(
        [program, *found, *options, name],
        env=os.environ | {"PGPASSWORD": database["PASSWORD"] or ""},
        capture_output=True,
        check=True,
    ).stdout
