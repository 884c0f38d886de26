"""Uploaded files in the default storage, except renditions, which can be made again."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage, storages

from consent.withdrawal import FOLDER as WITHDRAWALS
from consent.withdrawal import parse_record
from dpa_site.backups.archive import InvalidArchive
from pictures.fields import CMS_FOLDER, PUBLIC_FOLDER
from pictures.renditions import files_without_row


def names(folder: str = "") -> Iterator[str]:
    """Names of all uploads, without renditions, which may be in the same storage."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        if not name.startswith("."):
            yield f"{folder}{name}"
    for name in sorted(folders):
        if f"{folder}{name}/" not in {CMS_FOLDER, PUBLIC_FOLDER}:
            yield from names(f"{folder}{name}/")


def check(saved: Iterable[str], folder: Path) -> None:
    """Raise `InvalidArchive` if a file is not an upload or is a damaged withdrawal record.

    Renditions are not uploads: they are public, so only those that this site has made may exist.
    """
    for name in saved:
        if name.startswith((CMS_FOLDER, PUBLIC_FOLDER)) or Path(name).name.startswith("."):
            raise InvalidArchive(f"it contains {name}, which is no upload.")
        if name.startswith(f"{WITHDRAWALS}/"):
            try:
                parse_record((folder / name).read_bytes())
            except ValueError as error:
                raise InvalidArchive(
                    f"its record {name} of a withdrawal cannot be read."
                ) from error


def restore(folder: Path, saved: Iterable[str]) -> None:
    """Copy files from `folder` to the default storage; skip those that are already identical."""
    for name in saved:
        if default_storage.exists(name):
            if _hash(default_storage.open(name)) == _hash(File((folder / name).open("rb"))):
                continue
            default_storage.delete(name)
        with (folder / name).open("rb") as file:
            default_storage.save(name, File(file))


def delete_others(saved: set[str]) -> None:
    """Delete uploads not in `saved` and renditions without a row, but never withdrawal records."""
    for name in list(names()):
        if name not in saved and not name.startswith(f"{WITHDRAWALS}/"):
            default_storage.delete(name)
    for name in list(files_without_row()):
        storages["renditions"].delete(name)


def _hash(file: File) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
