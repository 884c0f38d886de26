"""Reads the files of a folder that somebody else may have made."""

from pathlib import Path

from django.conf import settings

from content_files.errors import ContentError

MAX_TEXT_SIZE = 2_000_000  # bytes


def read_text_file(root: Path, path: Path) -> bytes:
    return _read(root, path, MAX_TEXT_SIZE)


def read_picture_file(root: Path, path: Path) -> bytes:
    return _read(root, path, settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE)


def _read(root: Path, path: Path, max_size: int) -> bytes:
    """Read a regular file that is in the folder `root`. Raises ContentError.

    Reading a pipe or a device could block forever, and a link could lead to any file of the
    machine.
    """
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise ContentError("this link leads out of the folder.", 1)
        if not path.is_file():
            raise ContentError("this is not a file.", 1)
        if path.stat().st_size > max_size:
            raise ContentError(f"this file has more than {max_size // 1_000_000} MB.", 1)
        return path.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        reason = getattr(error, "strerror", None) or "a link leads to itself"
        raise ContentError(f"this file cannot be read: {reason}.", 1) from error
