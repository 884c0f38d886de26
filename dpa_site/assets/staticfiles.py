from collections.abc import Iterator

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from dpa_site.assets import stylesheets


class BundlingStorage(CompressedManifestStaticFilesStorage):
    """Bundles the public stylesheets, then hashes and compresses all static files."""

    def post_process(
        self, paths: dict, dry_run: bool = False, **options: object
    ) -> Iterator[tuple]:
        for name in () if dry_run else set(stylesheets.ENTRIES) & set(paths):
            css = stylesheets.bundle(name)
            self.delete(name)
            self._save(name, ContentFile(css.encode()))  # type: ignore[attr-defined]
            _storage, path = paths[name]
            paths[name] = (self, path)
        yield from super().post_process(paths, dry_run, **options)
