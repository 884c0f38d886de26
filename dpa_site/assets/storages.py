"""File storage for uploads that have no public URL."""

import os
from pathlib import PurePath

from django.core.files.storage import FileSystemStorage, Storage
from django.utils.text import get_valid_filename

MAX_NAME_SIZE = 150  # bytes: file systems allow 255, and a storage adds letters if a name is taken


class UploadNames(Storage):
    """Gives uploads names that do not begin with a dot and are short enough for a file system."""

    def get_valid_name(self, name: str) -> str:
        """A short name with letters that Django allows, and with “file” before a leading dot.

        Every file field calls this, so it covers all ways to upload. `get_valid_filename` removes
        most punctuation: it makes “.pdf” of “*.pdf”, and would raise an error for “???” without
        the “_”.
        """
        valid = get_valid_filename(f"_{name}")[1:]
        path = PurePath(f"file{valid}" if valid[:1] in {"", "."} else valid)
        suffix = _shorten(path.suffix, MAX_NAME_SIZE // 2)
        return _shorten(path.stem, MAX_NAME_SIZE - len(suffix.encode())) + suffix


def _shorten(text: str, size: int) -> str:
    """The beginning of a text that takes at most `size` bytes. Splits no character."""
    return text.encode()[:size].decode(errors="ignore")


class PrivateFiles(UploadNames, FileSystemStorage):
    """A directory whose files have no URL: originals, documents and unfinished uploads."""

    def url(self, name: str | None) -> str:
        # Only NotImplementedError makes Wagtail serve documents through its view.
        raise NotImplementedError("Originals have no URL.")

    def is_ready(self) -> bool:
        return os.access(self.location, os.R_OK | os.W_OK | os.X_OK)
