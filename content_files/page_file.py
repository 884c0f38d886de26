from dataclasses import dataclass, field
from datetime import date

from content_files.schema import TOP_LEVEL_FILES, FileType


@dataclass
class PageFile:
    """A page as described by its file.

    `values` are values of model fields. They may contain a `targets.Ref` for each page or picture.
    """

    name: str  # path without language, number and suffix: a translation has its original's name
    file_type: FileType
    slug: str
    values: dict[str, object] = field(default_factory=dict)
    file: str = ""
    consent: dict[str, object] = field(default_factory=dict)  # values of a consent record
    number: int = 10**9  # position among its siblings; a page without a number comes last
    digest: str = ""
    published_on: date | None = None
    language: str = ""  # language of a translation

    @property
    def key(self) -> str:
        return self._key(self.name)

    @property
    def section(self) -> str:
        """The key of the page's top-level folder, such as `stories` or `es/stories`."""
        return self._key(self.name.partition("/")[0])

    @property
    def parent(self) -> str:
        """The key of the parent page; empty for home."""
        if self.name == "home":
            return ""
        section, _slash, rest = self.name.partition("/")
        return self._key(section if rest and section in TOP_LEVEL_FILES else "home")

    def _key(self, name: str) -> str:
        return f"{self.language}/{name}" if self.language else name
