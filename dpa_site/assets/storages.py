"""Where uploads are kept: originals without an address, and the sizes that readers are sent."""

import os

from django.core.files.storage import FileSystemStorage


class PrivateFiles(FileSystemStorage):
    """A folder whose files have no address: originals, documents and unfinished uploads."""

    def url(self, name: str | None) -> str:
        # Of all errors this one alone makes Wagtail serve a document itself.
        raise NotImplementedError("Originals have no address.")

    def is_ready(self) -> bool:
        return os.access(self.location, os.R_OK | os.W_OK | os.X_OK)
