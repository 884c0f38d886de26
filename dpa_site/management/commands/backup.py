import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from pyrage.x25519 import Identity, Recipient
from tqdm import tqdm

from actions.advisory_lock import LockTimeout, advisory_lock
from dpa_site.backups import archive, databases, migrations, page_hashes, store, tables, uploads

LOCK_TIMEOUT = 2 * 60 * 60  # seconds


class CompletedFile(File):
    """A file that FileSystemStorage moves instead of copying, so that no partial file appears."""

    def temporary_file_path(self) -> str:
        return str(self.name)


class Command(BaseCommand):
    help = "Saves the database and all uploads, encrypted, and deletes backups that are too old."

    def handle(self, **options: object) -> None:
        if not settings.BACKUP_PUBLIC_KEY:
            raise CommandError(
                "BACKUP_PUBLIC_KEY is not set. Make a key pair with “manage.py backup_key FILE”, "
                "and keep the file away from this machine."
            )
        try:
            # Two backups at once could get the same name.
            with advisory_lock("dpa_site.backups", timeout=LOCK_TIMEOUT):
                self._back_up()
        except LockTimeout:
            raise CommandError("Another backup has been running for two hours.") from None
        for old in store.delete_expired():
            self.stdout.write(f"Deleted {old}.")

    def _back_up(self) -> None:
        # A killed restore or verification leaves a database with rows of people who may have been
        # deleted since.
        databases.drop_abandoned()
        names = store.all_names()
        name = f"{timezone.now():{store.NAME_FORMAT}}"
        if name in names:
            time.sleep(1)  # a name contains the time to the second
            name = f"{timezone.now():{store.NAME_FORMAT}}"
        if names and names[-1] >= name:
            self.stderr.write(f"{names[-1]} has a date in the future. Check this machine's clock.")
        with store.temp_dir() as folder:
            file = folder / name
            try:
                manifest, sha256 = self._write(file, folder / store.TABLES)
            except OSError as error:
                raise CommandError(f"The backup could not be written: {error}") from error
            size = file.stat().st_size
            stored = store.storage().save(name, CompletedFile(file.open("rb"), str(file)))
        if stored != name or store.storage().size(stored) != size:
            store.storage().delete(stored)
            raise CommandError(f"{name} was not stored completely.")
        self.stdout.write(
            f"Saved {name}: {len(manifest.pages)} pages, "
            f"{len(manifest.names(store.UPLOADS))} uploads, {size / 1e6:.1f} MB. SHA-256: {sha256}"
        )

    def _write(self, file: Path, rows: Path) -> tuple[archive.Manifest, str]:
        """Write the archive, and verify it by decrypting it with a second, temporary key."""
        facts: dict[str, Any] = {
            "made": timezone.now().isoformat(),
            "migrations": migrations.applied(),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            # Read hashes and rows from one snapshot: a page may be published between the two reads.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            facts["pages"] = page_hashes.hashes()
            tables.dump(rows)
            facts["sequences"] = tables.last_values()
        temporary_key = Identity.generate()
        backup_key = Recipient.from_str(settings.BACKUP_PUBLIC_KEY)
        with file.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            manifest = archive.write(
                target, _members(rows), facts, [backup_key, temporary_key.to_public()]
            )
            target.flush()
            os.fsync(target.fileno())
        shutil.rmtree(rows)
        try:
            with file.open("rb") as source:
                written, sha256 = archive.read(source, [temporary_key])
        except archive.InvalidArchive as error:
            raise CommandError(f"The new backup cannot be read: {error}") from error
        if written != manifest:
            raise CommandError(
                "The new backup differs from the data it was made from. Check the disk."
            )
        return manifest, sha256


def _members(rows: Path) -> Iterator[archive.Member]:
    for path in sorted(rows.iterdir()):
        yield archive.Member.read(f"{store.TABLES}/{path.name}", partial(_open, path))
    for name in tqdm(list(uploads.names()), delay=2, disable=None, unit="file", leave=False):
        # An upload may be deleted after it was listed.
        with suppress(FileNotFoundError):
            opener = partial(default_storage.open, name)
            yield archive.Member.read(f"{store.UPLOADS}/{name}", opener)


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")
