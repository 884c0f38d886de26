"""File storage for uploads that have no public URL."""

import os

from django.core.files.storage import FileSystemStorage


class PrivateFiles(FileSystemStorage):
    """A directory whose files have no URL: originals, documents and unfinished uploads."""

    def url(self, name: str | None) -> str:
        # Only NotImplementedError makes Wagtail serve documents through its view.
        raise NotImplementedError("Originals have no URL.")

    def is_ready(self) -> bool:
        return os.access(self.location, os.R_OK | os.W_OK | os.X_OK)
