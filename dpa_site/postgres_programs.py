"""PostgreSQL's own programs, told about our database."""

import os
import shutil

from django.conf import settings
from django.core.management.base import CommandError

from dpa_site import embedded_postgres


def program(name: str) -> str:
    """The path of pg_dump, pg_restore or psql: the embedded one where that server is used."""
    if settings.EMBEDDED_POSTGRES:
        return str(embedded_postgres.programs() / name)
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is not installed: on Debian, apt install postgresql-client.")
    return found


def arguments() -> tuple[list[str], dict[str, str]]:
    """What connects a program to our database: arguments, and an environment with the password."""
    database = settings.DATABASES["default"]
    keys = {"host": "HOST", "port": "PORT", "username": "USER", "dbname": "NAME"}
    options = [f"--{option}={database[key]}" for option, key in keys.items() if database[key]]
    return options, os.environ | {"PGPASSWORD": database["PASSWORD"] or ""}
