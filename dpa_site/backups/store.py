"""Backups: where they lie, how old they are, and how one is opened to be looked at or restored."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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

ENDING = ".tar.age"
FORM = f"%Y-%m-%d-%H%M%S{ENDING}"
TEMP_PREFIX = "unfinished-"
NEWEST = "latest"
DUMP, UPLOADS = "database.dump", "uploads"


def storage() -> Storage:
    return storages["backups"]


def all_names() -> list[str]:
    """Of the finished backups, the oldest first."""
    try:
        found = storage().listdir("")[1]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name.endswith(ENDING))


def made_at(name: str) -> datetime:
    return datetime.strptime(name, FORM).replace(tzinfo=UTC)


def delete_expired() -> list[str]:
    """Deletes them; the newest two stay, so that a clock gone wrong does not delete all."""
    limit = timezone.now() - settings.BACKUP_AGE
    gone = [name for name in all_names()[:-2] if made_at(name) < limit]
    for name in gone:
        storage().delete(name)
    return gone


@contextmanager
def temp_dir() -> Iterator[Path]:
    """A folder for what is unfinished, on the disk of the backups and not in memory."""
    root = Path(settings.BACKUP_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in root.glob(f"{TEMP_PREFIX}*"):  # by a process that was killed
        if left.stat().st_mtime < time.time() - 24 * 60 * 60:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=TEMP_PREFIX, dir=root) as folder:
        yield Path(folder)


def migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


class Opened(NamedTuple):
    """A backup in a second database and a folder, compared with what it was made of."""

    manifest: dict
    database: str
    folder: Path
    pages: int
    different: list[str]


@contextmanager
def opened(which: str, key: str) -> Iterator[Opened]:
    """Nothing of the running site is touched, whatever is wrong with the backup or its key."""
    keys = _secret_keys(key)
    with temp_dir() as folder:
        manifest = _unpack(which, keys, folder)
        loader = MigrationLoader(connection)
        known = {f"{app}.{name}" for app, name in loader.disk_migrations}
        replaced = {
            f"{app}.{name}" for m in loader.disk_migrations.values() for app, name in m.replaces
        }
        if newer := set(manifest["migrations"]) - known - replaced:
            raise CommandError(
                f"{which} was made by a newer version of this site ({sorted(newer)[0]} is "
                "unknown here). Restore it with that version."
            )
        with pg_tools.second_database() as name:
            with pg_tools.in_use(name):
                pg_tools.load(folder / DUMP)
                call_command("migrate", interactive=False, verbosity=0)  # from an older version
                now, then = page_hashes.hashes(), manifest["pages"]
            different = sorted(p for p in now.keys() | then.keys() if now.get(p) != then.get(p))
            yield Opened(manifest, name, folder / UPLOADS, len(then), different)


def _unpack(which: str, keys: list[Identity], folder: Path) -> dict:
    if which == NEWEST:
        if not (names := all_names()):
            raise CommandError("There is no backup yet.")
        which = names[-1]
    try:
        with storage().open(which) if which in all_names() else Path(which).open("rb") as source:
            return archive.read(source, keys, folder)
    except archive.Refused as refused:
        raise CommandError(f"{which} cannot be used: {refused} Nothing was changed.") from refused
    except OSError as error:
        raise CommandError(f"{which} could not be read: {error}. Nothing was changed.") from error


def _secret_keys(key: str) -> list[Identity]:
    """From a file as age-keygen writes it, or from what is piped in, so that none rests here."""
    try:
        lines = (sys.stdin.read() if key == "-" else Path(key).read_text()).splitlines()
        return [Identity.from_str(line.strip()) for line in lines if line[:1] not in ("", "#")]
    except OSError as error:
        raise CommandError(f"The key {key} could not be read: {error.strerror}.") from error
    except pyrage.IdentityError as error:
        raise CommandError(f"{key} contains no secret key for age.") from error
