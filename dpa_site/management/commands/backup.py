import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from pyrage.x25519 import Identity, Recipient
from tqdm import tqdm

from dpa_site.backups import archive, page_hashes, pg_tools, store, uploads


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
        name = f"{timezone.now():{store.NAME_FORMAT}}"
        if (names := store.all_names()) and names[-1] >= name:
            self.stderr.write(f"{names[-1]} has a date in the future. Check this machine's clock.")
        with store.temp_dir() as folder:
            file = folder / name
            try:
                manifest = self._write(file, folder / store.DUMP)
            except OSError as error:
                raise CommandError(f"The backup could not be written: {error}") from error
            size = file.stat().st_size
            store.storage().save(name, CompletedFile(file.open("rb"), str(file)))
        if store.storage().size(name) != size:
            store.storage().delete(name)
            raise CommandError(f"{name} was not stored completely.")
        self.stdout.write(
            f"Saved {name}: {len(manifest['pages'])} pages, {len(manifest['files']) - 1} uploads, "
            f"{size / 1e6:.1f} MB."
        )
        for old in store.delete_expired():
            self.stdout.write(f"Deleted {old}.")

    def _write(self, file: Path, dump: Path) -> dict:
        """Write the archive, and verify it by decrypting it with a second key, made for this."""
        facts: dict[str, Any] = {
            "made": timezone.now().isoformat(),
            "migrations": store.migrations(),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            # Hash the same snapshot that is dumped, because pages may be published in the meantime.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            facts["pages"] = page_hashes.hashes()
            pg_tools.dump(dump, snapshot=cursor.fetchone()[0])
        temporary_key = Identity.generate()
        backup_key = Recipient.from_str(settings.BACKUP_PUBLIC_KEY)
        with file.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            manifest = archive.write(
                target, _members(dump), facts, [backup_key, temporary_key.to_public()]
            )
            target.flush()
            os.fsync(target.fileno())
        dump.unlink()
        try:
            with file.open("rb") as source:
                written = archive.read(source, [temporary_key])
        except archive.InvalidArchive as error:
            raise CommandError(f"The new backup cannot be read: {error}") from error
        if written != manifest:
            raise CommandError(
                "The new backup differs from the data it was made from. Check the disk."
            )
        return manifest


def _members(dump: Path) -> Iterator[archive.Member]:
    yield archive.Member(store.DUMP, dump.stat().st_size, lambda: dump.open("rb"))
    for name in tqdm(list(uploads.names()), delay=2, disable=None, unit="file", leave=False):
        try:
            size = default_storage.size(name)
        except FileNotFoundError:  # deleted since it was listed
            continue
        opened = partial(default_storage.open, name)
        yield archive.Member(f"{store.UPLOADS}/{name}", size, opened)
