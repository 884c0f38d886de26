import re
from collections.abc import Iterator

from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

ENTRY = "css/site.css"
IMPORT = re.compile(r'^@import url\("([\w-]+\.css)"\) layer\(([\w-]+)\);$', re.MULTILINE)


class BundlingStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files, and the stylesheet in one piece.

    In development the browser follows the `@import` lines of site.css itself; a reader on a slow
    network should not wait for each.
    """

    def post_process(
        self, paths: dict, dry_run: bool = False, **options: object
    ) -> Iterator[tuple]:
        if ENTRY in paths and not dry_run:
            with self.open(ENTRY) as file:
                entry = file.read().decode()
            bundle = cssmin(IMPORT.sub(self._layer, entry))
            self.delete(ENTRY)
            self._save(ENTRY, ContentFile(bundle.encode()))
            storage, path = paths[ENTRY]
            paths[ENTRY] = (self, path)
        yield from super().post_process(paths, dry_run, **options)

    def _layer(self, line: re.Match) -> str:
        with self.open(f"css/{line[1]}") as file:
            return f"@layer {line[2]} {{{file.read().decode()}}}"
