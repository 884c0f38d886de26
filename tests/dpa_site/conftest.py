from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

from tests.dpa_site.door import Door


@pytest.fixture
def shelf(tmp_path: Path, settings: Any) -> Path:
    """A place for backups, with keys in `key`; and uploads of nobody else."""
    settings.MEDIA_ROOT = tmp_path / "media"
    call_command("backup_key", str(tmp_path / "key"))
    settings.BACKUP_PUBLIC_KEY = (tmp_path / "key.pub").read_text().strip()
    settings.BACKUP_ROOT = tmp_path / "backups"
    options = settings.STORAGES["backups"]["OPTIONS"] | {"location": settings.BACKUP_ROOT}
    place = settings.STORAGES["backups"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"backups": place}
    return settings.BACKUP_ROOT


@pytest.fixture
def door(db: None) -> Door:
    return Door()


@pytest.fixture(scope="module")
def committing(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a copy of the test database in which everything may be committed.

    Other programs and other processes look at it; it is dropped after the last test of the file.
    """
    name = connection.settings_dict["NAME"]
    copy = f"{name}_copy"

    def use(other: str) -> None:
        connection.close()
        connection.close_pool()
        django_settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = other

    def administer(statement: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname IN (%s, %s) AND pid <> pg_backend_pid()",
                [name, copy],
            )
            cursor.execute(statement)

    with django_db_blocker.unblock():
        use(copy)
        administer(f'DROP DATABASE IF EXISTS "{copy}"')
        administer(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        try:
            yield copy
        finally:
            use(name)
            administer(f'DROP DATABASE "{copy}"')
