"""The stored backups: list, delete expired ones, and open one to verify or restore it."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyrage
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from pyrage.x25519 import Identity

from dpa_site.backups import archive, page_hashes, pg_tools

SUFFIX = ".tar.age"
NAME_FORMAT = f"%Y-%m-%d-%H%M%S{SUFFIX}"
TEMP_PREFIX = "unfinished-"
NEWEST = "latest"
DUMP, UPLOADS = "database.dump", "uploads"


def storage() -> Storage:
    return storages["backups"]


def all_names() -> list[str]:
    """Names of the completed backups, oldest first."""
    try:
        found = storage().listdir("")[1]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name.endswith(SUFFIX))


def made_at(name: str) -> datetime:
    return datetime.strptime(name, NAME_FORMAT).replace(tzinfo=UTC)


def delete_expired() -> list[str]:
    """Delete backups that will be too old before the next nightly backup; return their names.

    The newest two are never deleted, so that a wrong system clock does not delete all.
    """
    limit = timezone.now() - timedelta(days=settings.BACKUP_RETENTION_DAYS - 1)
    expired = [name for name in all_names()[:-2] if made_at(name) < limit]
    for name in expired:
        storage().delete(name)
    return expired


@contextmanager
def temp_dir() -> Iterator[Path]:
    """A temporary directory on the disk with the backups, because /tmp may be in memory.

    Also deletes such directories that are older than a day, which killed processes left behind.
    """
    root = Path(settings.BACKUP_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in root.glob(f"{TEMP_PREFIX}*"):
        if leftover.stat().st_mtime < time.time() - 24 * 60 * 60:
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=TEMP_PREFIX, dir=root) as folder:
        yield Path(folder)


def migrations() -> list[str]:
    """The applied migrations, as "app.name"."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


class OpenedBackup(NamedTuple):
    """A backup restored into a second database and a folder, compared with its manifest."""

    manifest: dict
    database: str
    folder: Path
    pages: int  # count
    different: list[str]  # URL paths of pages whose text differs from the manifest


@contextmanager
def open_backup(which: str, key: str) -> Iterator[OpenedBackup]:
    """Restore a backup into a second database and a temporary folder.

    The running site is not changed. Raises CommandError if the backup or the key is unusable.
    """
    keys = _secret_keys(key)
    with temp_dir() as folder:
        manifest = _unpack(which, keys, folder)
        loader = MigrationLoader(connection)
        on_disk = {f"{app}.{name}" for app, name in loader.disk_migrations}
        replaced = {
            f"{app}.{name}" for m in loader.disk_migrations.values() for app, name in m.replaces
        }
        if newer := set(manifest["migrations"]) - on_disk - replaced:
            raise CommandError(
                f"{which} was made by a newer version of this site ({sorted(newer)[0]} is "
                "unknown here). Restore it with that version."
            )
        with pg_tools.second_database() as name:
            with pg_tools.in_use(name):
                pg_tools.load(folder / DUMP)
                # The backup may be from an older version.
                call_command("migrate", interactive=False, verbosity=0)
                current, saved = page_hashes.hashes(), manifest["pages"]
            paths = current.keys() | saved.keys()
            different = sorted(p for p in paths if current.get(p) != saved.get(p))
            yield OpenedBackup(manifest, name, folder / UPLOADS, len(saved), different)


def _unpack(which: str, keys: list[Identity], folder: Path) -> dict:
    if which == NEWEST:
        if not (names := all_names()):
            raise CommandError("There is no backup yet.")
        which = names[-1]
    try:
        with storage().open(which) if which in all_names() else Path(which).open("rb") as source:
            return archive.read(source, keys, folder)
    except archive.InvalidArchive as error:
        raise CommandError(f"{which} cannot be used: {error} Nothing was changed.") from error
    except OSError as error:
        raise CommandError(f"{which} could not be read: {error}. Nothing was changed.") from error


def _secret_keys(key: str) -> list[Identity]:
    """Secret keys from an age-keygen file. "-" reads stdin, so that no key is stored here."""
    try:
        lines = (sys.stdin.read() if key == "-" else Path(key).read_text()).splitlines()
        return [Identity.from_str(line.strip()) for line in lines if line[:1] not in ("", "#")]
    except OSError as error:
        raise CommandError(f"The key {key} could not be read: {error.strerror}.") from error
    except pyrage.IdentityError as error:
        raise CommandError(f"{key} contains no secret key for age.") from error
