"""Finds what content files refer to: pages and pictures of the folder, sources of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.db import models
from wagtail.models import Page

from content_files.errors import ContentError
from content_files.yaml_lines import Text
from pictures.models import Picture


@dataclass(frozen=True)
class Ref:
    """A page (`issues/community`) or a picture (`pictures/tents.jpg`) of the folder.

    Pages and pictures have no primary key while a folder is being checked, so values contain
    `Ref`s, which `loader` replaces with pks.
    """

    key: str


@dataclass
class Targets:
    """What a file may refer to: the pages' keys with their types, and the pictures' alt texts."""

    pages: Mapping[str, type[Page]]
    pictures: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)  # the sources of one file

    def note(self, name: str, line: int) -> dict[str, str]:
        if name not in self.notes:
            raise ContentError(
                f"“notes” has no source “{name}”.{suggestion(name, self.notes)}", line
            )
        return self.notes[name]

    def page(self, name: str, line: int, page_type: type[Page] = Page) -> Ref:
        key = name.strip("/")
        if key not in self.pages:
            raise ContentError(
                f"there is no page “{key}” in this folder.{suggestion(key, self.pages)}", line
            )
        if not issubclass(self.pages[key], page_type):
            raise ContentError(f"“{key}” is not a {page_type._meta.verbose_name}.", line)
        return Ref(key)

    def picture(self, name: str, line: int) -> Ref:
        if name not in self.pictures:
            raise ContentError(
                f"there is no picture “{name}” in pictures/.{suggestion(name, self.pictures)}", line
            )
        return Ref(f"pictures/{name}")

    def choose(self, model: type[models.Model], text: Text) -> Ref:
        """The page or picture that `text` names."""
        if issubclass(model, Picture):
            return self.picture(text, text.line)
        if issubclass(model, Page):
            return self.page(text, text.line, model)
        raise ContentError(
            f"a {model._meta.verbose_name} can only be chosen in the CMS.", text.line
        )


def describe_target(model: type[models.Model]) -> str:
    """Describe, in Markdown, how to write a value for `Targets.choose`."""
    if issubclass(model, Picture):
        return "a file in `pictures/`"
    return "a page" if issubclass(model, Page) else "only in the CMS"


def suggestion(word: str, known: object) -> str:
    """Return “ Did you mean …?” if one of `known` is similar, or an empty string."""
    near = get_close_matches(word, list(known), 1)  # type: ignore[call-overload]
    return f" Did you mean “{near[0]}”?" if near else ""
