"""Uploaded files in the default storage, except renditions, which can be made again."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage, storages

from consent.withdrawal import FOLDER as WITHDRAWALS
from consent.withdrawal import parse_record
from dpa_site.assets.storages import PrivateFiles
from dpa_site.backups.archive import InvalidArchive, check_space
from pictures.fields import CMS_FOLDER, PUBLIC_FOLDER
from pictures.renditions import files_without_row

PLACEHOLDER = ".gitkeep"  # keeps the folder `media` in the repository


def names(folder: str = "") -> Iterator[str]:
    """Names of all uploads, without renditions."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        if name != PLACEHOLDER:
            yield f"{folder}{name}"
    for name in sorted(folders):
        if f"{folder}{name}/" not in {CMS_FOLDER, PUBLIC_FOLDER}:
            yield from names(f"{folder}{name}/")


def check(saved: Iterable[str], folder: Path) -> None:
    """Raise `InvalidArchive` if a file is not an upload, or is a damaged withdrawal record.

    Renditions are not uploads: they are public, so only those that this site has made may exist.
    """
    for name in saved:
        # A file with the name of a folder would leave no place for the files in that folder.
        is_reserved = f"{name}/".startswith((CMS_FOLDER, PUBLIC_FOLDER)) or name == WITHDRAWALS
        if is_reserved or Path(name).name == PLACEHOLDER:
            raise InvalidArchive(f"it contains {name}, which is no upload.")
        if name.startswith(f"{WITHDRAWALS}/"):
            try:
                parse_record((folder / name).read_bytes())
            except ValueError as error:
                raise InvalidArchive(
                    f"its record {name} of a withdrawal cannot be read."
                ) from error


@contextmanager
def stored_in(folder: Path) -> Iterator[None]:
    """Use `folder` as the default storage within the block.

    First, the withdrawal records of this site are copied into `folder`.
    """
    for name in names(f"{WITHDRAWALS}/"):
        if not (folder / name).exists():
            _copy(name, folder / name)
    default: Any = default_storage
    site = default._wrapped
    default._wrapped = PrivateFiles(str(folder))  # a string: Wagtail passes it to tasks as JSON
    try:
        yield
    finally:
        default._wrapped = site


@contextmanager
def copied_from(folder: Path) -> Iterator[set[str]]:
    """Copy the files in `folder` to the default storage, and yield their names.

    If the block raises an error, the storage gets back exactly the files that it had. Raises
    `InvalidArchive` if there is not enough space.
    """
    saved = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if isinstance(default_storage, FileSystemStorage):
        new = [folder / name for name in saved if not default_storage.exists(name)]
        check_space([path.stat().st_size for path in new], Path(default_storage.location))
    former = folder.with_name("former")
    changed = []
    try:
        for name in sorted(saved):
            if default_storage.exists(name):
                if _hash(default_storage.open(name)) == _hash(File((folder / name).open("rb"))):
                    continue
                _copy(name, former / name)
            changed.append(name)  # before the change, which may fail and leave an incomplete file
            default_storage.delete(name)
            _save(folder / name, name)
        yield saved
    except BaseException:
        _put_back(changed, former)
        raise


def _put_back(changed: Iterable[str], former: Path) -> None:
    for name in changed:  # delete all before saving any, because the disk may be full
        default_storage.delete(name)
    for name in changed:
        if (former / name).exists():
            _save(former / name, name)


def delete_others(saved: set[str]) -> None:
    """Delete uploads not in `saved` and renditions without a row, but never withdrawal records."""
    for name in list(names()):
        if name not in saved and not name.startswith(f"{WITHDRAWALS}/"):
            default_storage.delete(name)
    for name in list(files_without_row()):
        storages["renditions"].delete(name)


def _copy(name: str, to: Path) -> None:
    """Copy a file from the default storage."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with default_storage.open(name) as source, to.open("wb") as target:
        shutil.copyfileobj(source, target)


def _save(path: Path, name: str) -> None:
    with path.open("rb") as file:
        default_storage.save(name, File(file))


def _hash(file: File) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
