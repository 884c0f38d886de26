import re
from collections.abc import Iterator

from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

ENTRIES = ("css/site.css", "css/help.css", "css/print.css")
IMPORT = re.compile(r'^@import url\("([\w-]+\.css)"\) layer\(([\w-]+)\);$', re.MULTILINE)


class BundlingStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files, and each stylesheet in one piece.

    In development the browser follows the `@import` lines itself; a reader on a slow network
    should not wait for each.
    """

    def post_process(
        self, paths: dict, dry_run: bool = False, **options: object
    ) -> Iterator[tuple]:
        for name in () if dry_run else set(ENTRIES) & set(paths):
            with self.open(name) as file:
                entry = file.read().decode()
            bundle = cssmin(IMPORT.sub(self._layer, entry))
            self.delete(name)
            self._save(name, ContentFile(bundle.encode()))
            _storage, path = paths[name]
            paths[name] = (self, path)
        yield from super().post_process(paths, dry_run, **options)

    def _layer(self, line: re.Match) -> str:
        with self.open(f"css/{line[1]}") as file:
            return f"@layer {line[2]} {{{file.read().decode()}}}"
