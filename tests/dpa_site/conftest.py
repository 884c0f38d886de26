from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from dpa_site.backups import migrations
from tests import databases
from tests.contents import COMMITTED
from tests.dpa_site.cached_site import CachedSite


@pytest.fixture
def storage(tmp_path: Path, settings: Any) -> Path:
    """The backup folder. The key pair `key` and `key.pub`, and MEDIA_ROOT, are next to it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    call_command("backup_key", str(tmp_path / "key"))
    settings.BACKUP_PUBLIC_KEY = (tmp_path / "key.pub").read_text().strip()
    settings.BACKUP_ROOT = tmp_path / "backups"
    options = settings.STORAGES["backups"]["OPTIONS"] | {"location": settings.BACKUP_ROOT}
    backups = settings.STORAGES["backups"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"backups": backups}
    return settings.BACKUP_ROOT


@pytest.fixture
def cached_site(db: None) -> CachedSite:
    return CachedSite()


@pytest.fixture(scope="module")
def committed_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database in which tests commit rows, so that other processes see them.

    The database is restored after the last test of the file.
    """
    with django_db_blocker.unblock():
        yield COMMITTED.copy
        databases.restore(COMMITTED)


@pytest.fixture
def migrated_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy a migrated database when a restore needs all migrations, because copying is faster."""
    migrate_to = migrations.migrate_to

    def copy_migrated(keys: set) -> None:
        if keys == MigrationLoader(None).graph.nodes.keys():
            databases.replace_current(databases.MIGRATED)
        else:
            migrate_to(keys)

    monkeypatch.setattr(migrations, "migrate_to", copy_migrated)
