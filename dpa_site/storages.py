"""Where uploads are kept: originals without an address, and the sizes that readers are sent."""

from django.core.files.storage import FileSystemStorage


class PrivateFiles(FileSystemStorage):
    """A folder whose files have no address: originals, documents and unfinished uploads."""

    def url(self, name: str | None) -> str:
        # Of all errors this one alone makes Wagtail serve a document itself.
        raise NotImplementedError("Originals have no address.")
