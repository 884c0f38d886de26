"""The stored backups: list, delete expired ones, and open one to verify or restore it."""

import fcntl
import os
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
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import Storage, storages
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pyrage.x25519 import Identity

from dpa_site.backups import archive, databases, migrations, page_hashes, tables, uploads
from dpa_site.backups.archive import TABLES, UPLOADS, InvalidArchive, Manifest

NAME_TOLERANCE = timedelta(minutes=10)
NAME_FORMAT = "%Y-%m-%d-%H%M%S.tar.age"
TEMP_PREFIX = "unfinished-"
LOCKING_TIME = 60  # seconds
NEWEST = "latest"
SHA256_HELP = "the hash noted when the backup was made; required for a backup of another site"
UNKNOWN_TABLE = "{} is not a table of this site, so its rows were left out."


def storage() -> Storage:
    return storages["backups"]


def all_names() -> list[str]:
    """Names of the completed backups, oldest first."""
    try:
        found = storage().listdir("")[1]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if _is_name(name))


def past_names() -> list[str]:
    """Like `all_names`, without backups dated in the future, which a wrong clock made."""
    limit = timezone.now() + NAME_TOLERANCE
    return [name for name in all_names() if made_at(name) <= limit]


def made_at(name: str) -> datetime:
    return datetime.strptime(name, NAME_FORMAT).replace(tzinfo=UTC)


def _is_name(name: str) -> bool:
    """Whether this is the name of a backup: the bucket may also contain other files."""
    try:
        return f"{made_at(name):{NAME_FORMAT}}" == name
    except ValueError:
        return False


def delete_expired() -> list[str]:
    """Delete backups that will be too old before the next nightly backup; return their names.

    The newest two are never deleted, so that a wrong system clock does not delete all.
    """
    limit = timezone.now() - timedelta(days=settings.BACKUP_RETENTION_DAYS - 1)
    expired = [name for name in past_names()[:-2] if made_at(name) < limit]
    for name in expired:
        storage().delete(name)
    return expired


@contextmanager
def temp_dir() -> Iterator[Path]:
    """A temporary directory on the disk with the backups, because /tmp may be in memory.

    Also deletes the temporary directories that killed processes left, because they contain
    unencrypted uploads and rows.
    """
    root = Path(settings.BACKUP_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in root.glob(f"{TEMP_PREFIX}*"):
        if _is_abandoned(leftover):
            shutil.rmtree(leftover, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=TEMP_PREFIX, dir=root) as folder,
        _opened(folder) as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_SH)  # the lock ends with the process
        yield Path(folder)


def _is_abandoned(folder: Path) -> bool:
    """Whether no process uses a temporary directory.

    False for LOCKING_TIME after the directory was made, because its process may not have locked it
    yet.
    """
    try:
        with _opened(folder) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return folder.stat().st_mtime < time.time() - LOCKING_TIME
    except OSError:
        return False


@contextmanager
def _opened(folder: str | Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class OpenedBackup(NamedTuple):
    """A backup restored into a second database and a folder, compared with its manifest."""

    manifest: Manifest
    sha256: str  # of the archive
    database: str
    folder: Path
    different: list[str]  # URL paths of pages whose text differs from the manifest
    unknown: list[str]  # tables that this site does not have, which were left out


@contextmanager
def open_backup(which: str, key: str, sha256: str = "") -> Iterator[OpenedBackup]:
    """Restore a backup into a second database and a temporary folder.

    `which` is the name of a stored backup, the path of a file, or NEWEST.
    First, our migrations create the tables as they were when the backup was made. Then the rows of
    the backup are loaded, and the later migrations run. The running site is not changed. Raises
    CommandError if the backup or the key is unusable.
    """
    keys = _secret_keys(key)
    with temp_dir() as folder:
        manifest, sha256 = _unpack(which, keys, folder, sha256)
        found, unknown = migrations.find(manifest.migrations)
        if unknown:
            raise CommandError(
                f"{which} was made by a newer version of this site ({unknown[0]} is unknown "
                "here). Restore it with that version."
            )
        with databases.second_database() as name:
            with _refused(which), databases.in_use(name):
                migrations.migrate_to(found)
                left_out = tables.load(folder / TABLES, manifest.sequences)
                ContentType.objects.clear_cache()
                call_command("migrate", interactive=False, verbosity=0)
                call_command("createcachetable", verbosity=0)
                current, saved = page_hashes.hashes(), manifest.pages
            paths = current.keys() | saved.keys()
            different = sorted(p for p in paths if current.get(p) != saved.get(p))
            yield OpenedBackup(manifest, sha256, name, folder / UPLOADS, different, left_out)


@contextmanager
def _refused(which: str) -> Iterator[None]:
    """Raise CommandError for any error: data of an archive may be wrong in any way."""
    try:
        yield
    except InvalidArchive as error:
        raise CommandError(f"{which} cannot be used: {error} Nothing was changed.") from error
    except Exception as error:
        # The message may quote data, whose control characters could rewrite the terminal.
        reason = f"{type(error).__name__}: {str(error)[:200]!a}"
        raise CommandError(
            f"{which} cannot be used, because its data does not fit: {reason}. Nothing was changed."
        ) from error


def _unpack(which: str, keys: list[Identity], folder: Path, sha256: str) -> tuple[Manifest, str]:
    if which == NEWEST:
        if not (names := past_names()):
            raise CommandError("There is no backup yet.")
        which = names[-1]
    is_stored = which in all_names()
    try:
        with storage().open(which) if is_stored else Path(which).open("rb") as source:
            manifest, digest = archive.read(source, keys, folder, sha256)
        made = datetime.fromisoformat(manifest.made)
        # An older backup under a newer name would bring back what was deleted since.
        if is_stored and not sha256 and abs(made_at(which) - made) > NAME_TOLERANCE:
            raise InvalidArchive(f"it was made {manifest.made}, and its name has another time.")
        uploads.check(manifest.names(UPLOADS), folder / UPLOADS)
        return manifest, digest
    except InvalidArchive as error:
        raise CommandError(f"{which} cannot be used: {error} Nothing was changed.") from error
    except OSError as error:
        raise CommandError(f"{which} could not be read: {error}. Nothing was changed.") from error


def _secret_keys(key: str) -> list[Identity]:
    """Secret keys from an age-keygen file.

    "-" means standard input, so that the keys need not be stored on this machine.
    """
    try:
        lines = (sys.stdin.read() if key == "-" else Path(key).read_text()).splitlines()
        return [Identity.from_str(line.strip()) for line in lines if line[:1] not in ("", "#")]
    except OSError as error:
        raise CommandError(f"The key {key} could not be read: {error.strerror}.") from error
    except pyrage.IdentityError as error:
        raise CommandError(f"{key} contains no secret key for age.") from error
