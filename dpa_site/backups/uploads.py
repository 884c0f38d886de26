"""Everything that was uploaded, wherever it is kept; sizes of pictures are made from it."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage, storages

from consent.withdrawal import FOLDER as WITHDRAWALS
from pictures.models import Rendition

RENDITIONS = "images"


def names(folder: str = "") -> Iterator[str]:
    """Of all files but the sizes of pictures, which may share the place."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        if not name.startswith("."):
            yield f"{folder}{name}"
    for name in sorted(folders):
        if f"{folder}{name}" != RENDITIONS:
            yield from names(f"{folder}{name}/")


def put(folder: Path, wanted: Iterable[str]) -> None:
    """Brings files from `folder` to where uploads are kept; those that are there stay."""
    for name in wanted:
        if default_storage.exists(name):
            if _hash(default_storage.open(name)) == _hash(File((folder / name).open("rb"))):
                continue
            default_storage.delete(name)
        with (folder / name).open("rb") as file:
            default_storage.save(name, File(file))


def delete_all_but(wanted: set[str]) -> None:
    """Also sizes of pictures that are not here; never the list of what was withdrawn."""
    for name in list(names()):
        if name not in wanted and not name.startswith(f"{WITHDRAWALS}/"):
            default_storage.delete(name)
    known = set(Rendition.objects.values_list("file", flat=True))
    sizes = storages["renditions"]
    for name in sizes.listdir(RENDITIONS)[1] if sizes.exists(RENDITIONS) else ():
        if f"{RENDITIONS}/{name}" not in known:
            sizes.delete(f"{RENDITIONS}/{name}")


def _hash(file: File) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
