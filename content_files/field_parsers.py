"""Parses YAML and Markdown into values of model fields and blocks, validated by those.

Pages and pictures have no primary key while a folder is being checked, so values contain `Ref`s,
which `loader` replaces with pks.
"""

from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import cast

from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail import blocks
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageBlock
from wagtail.models import Page

from content_files import markdown, yaml_lines
from content_files.errors import Wrong
from content_files.yaml_lines import Fields, Items, Text, Value
from editorial.blocks.body import ActionBlock
from editorial.sources.rich_text import FIELDS as SOURCE_FIELDS
from editorial.sources.rich_text import stored_mark
from pictures.models import Picture

NO_PICTURE = {"image": None, "decorative": False, "alt_text": ""}  # as Wagtail stores it


@dataclass(frozen=True)
class Ref:
    """A page (`issues/community`) or a picture (`pictures/tents.jpg`) of the folder."""

    key: str


@dataclass
class Names:
    """What a file may refer to: the pages' keys with their types, and the pictures' alt texts."""

    pages: dict[str, type[Page]]
    pictures: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)  # the sources of one file

    def note(self, name: str, line: int) -> dict[str, str]:
        if name not in self.notes:
            raise Wrong(f"“notes” has no source “{name}”.{hint(name, self.notes)}", line)
        return self.notes[name]

    def page(self, name: str, line: int, kind: type[Page] = Page) -> Ref:
        key = name.strip("/")
        if key not in self.pages:
            raise Wrong(f"there is no page “{key}” in this folder.{hint(key, self.pages)}", line)
        if not issubclass(self.pages[key], kind):
            raise Wrong(f"“{key}” is not a {kind._meta.verbose_name}.", line)
        return Ref(key)

    def picture(self, name: str, line: int) -> Ref:
        if name not in self.pictures:
            raise Wrong(
                f"there is no picture “{name}” in pictures/.{hint(name, self.pictures)}", line
            )
        return Ref(f"pictures/{name}")


def hint(word: str, known: object) -> str:
    """Return “ Did you mean …?” if one of `known` is similar, or an empty string."""
    near = get_close_matches(word, list(known), 1)  # type: ignore[call-overload]
    return f" Did you mean “{near[0]}”?" if near else ""


def parse_field(field_: models.Field, value: Value, names: Names) -> object:
    """Parse `value` for a model field. Raises Wrong."""
    if isinstance(field_, StreamField):
        # The field has one block type: `value` is a list, or a single block if max_num is 1.
        (name, block), *_others = field_.stream_block.child_blocks.items()
        single = field_.stream_block.meta.max_num == 1
        items = [value] if single else _items(value)
        return [{"type": name, "value": parse_block(block, item, names)} for item in items]
    if isinstance(field_, ParentalManyToManyField):
        kind = cast("type[Page]", field_.related_model)
        return [names.page(_prefixed(item, kind), item.line, kind) for item in _items(value)]
    text = _text(value)
    if isinstance(field_, RichTextField):
        return _parse_rich_text(text, names)
    if isinstance(field_, models.ForeignKey):
        if not text:
            return None
        if issubclass(field_.related_model, Picture):
            return names.picture(text, text.line)
        return names.page(text, text.line)
    if isinstance(field_, models.BooleanField):
        return _parse_bool(text)
    if isinstance(field_, models.DateField):
        return parse_date(text) if text else None
    if field_.choices and text and text not in dict(field_.choices):
        known = ", ".join(name for name, _label in field_.choices if name)
        raise Wrong(f"“{text}” is not one of: {known}.", text.line)
    try:
        return field_.clean(str(text), None)
    except ValidationError as error:
        raise Wrong(" ".join(error.messages), text.line) from error


def parse_block(block: blocks.Block, value: Value, names: Names) -> object:
    """Parse `value` into the stored form of `block`. Raises Wrong."""
    if isinstance(block, ImageBlock):
        text = _text(value)
        if not text:
            return NO_PICTURE
        ref = names.picture(text, text.line)
        alt = names.pictures[text]
        return {"image": ref, "decorative": not alt, "alt_text": alt}
    if isinstance(block, blocks.StructBlock):
        return _struct(block, value, names)
    if isinstance(block, blocks.ListBlock):
        return [parse_block(block.child_block, item, names) for item in _items(value)]
    text = _text(value)
    if isinstance(block, blocks.PageChooserBlock):
        return names.page(text, text.line, block.target_model) if text else None
    if isinstance(block, blocks.RichTextBlock):
        return _parse_rich_text(text, names)
    try:
        return block.clean(block.to_python(str(text)))
    except ValidationError as error:
        raise Wrong(" ".join(error.messages), text.line) from error


def body(stream: blocks.StreamBlock, source: str, line: int, names: Names) -> list[dict]:
    """Parse a Markdown body into the stored form of `stream`. Raises Wrong."""
    found = []
    for part in markdown.parts_of(source, line):
        if part.kind == "text":
            value: object = _linked(part.html, part.line, names)
        elif part.kind == "quote":
            value = {"text": part.words, "speaker": part.aside}
        elif part.kind == "figure":
            ref = names.picture(part.words, part.line)
            alt = names.pictures[part.words]
            image = {"image": ref, "decorative": not alt, "alt_text": alt}
            value = {"picture": image, "caption": part.aside}
        elif part.kind in stream.child_blocks:
            written = yaml_lines.read(part.source, part.line + 1)
            value = parse_block(stream.child_blocks[part.kind], written, names)
        else:
            known = hint(part.kind, stream.child_blocks)
            raise Wrong(f"there is no block “{part.kind}”.{known}", part.line)
        if part.kind not in stream.child_blocks:
            raise Wrong(f"a {part.kind} is not allowed on this page.", part.line)
        found.append({"type": part.kind, "value": value})
    return found


def _struct(block: blocks.StructBlock, value: Value, names: Names) -> dict:
    if not isinstance(value, Fields):
        raise Wrong(f"expected: {', '.join(block.child_blocks)}.", value.line)
    for key, line in value.keys_at.items():
        if key not in block.child_blocks:
            raise Wrong(f"unknown field “{key}”.{hint(key, block.child_blocks)}", line)
    found = {}
    for name, child in block.child_blocks.items():
        if name in value:
            found[name] = parse_block(child, value[name], names)
        elif isinstance(child, ImageBlock) and not child.required:
            found[name] = NO_PICTURE
        elif child.required and not isinstance(child, blocks.ListBlock):
            raise Wrong(f"“{name}” is missing.", value.line)
    if isinstance(block, ActionBlock) and bool(found.get("page")) == bool(found.get("url")):
        raise Wrong("an action needs a “page” or a “url”, and not both.", value.line)
    return found


def _items(value: Value) -> Items:
    if isinstance(value, Text) and not value:
        return Items()
    if not isinstance(value, Items):
        raise Wrong("expected a list: [one, two], or lines that begin with “- ”.", value.line)
    return value


def _text(value: Value) -> Text:
    if not isinstance(value, Text):
        raise Wrong("expected text, not a list or fields.", value.line)
    return value


def _prefixed(item: Value, kind: type[Page]) -> str:
    """Prefix a slug with its app label: `community` becomes `issues/community`."""
    text = _text(item)
    return text if "/" in text else f"{kind._meta.app_label}/{text}"


def _parse_rich_text(text: Text, names: Names) -> str:
    return _linked(markdown.rich_text(text, text.line), text.line, names)


def _linked(html: str, line: int, names: Names) -> str:
    for key in markdown.PAGE_LINK.findall(html):
        names.page(key, line)
    return markdown.NOTE_MARK.sub(lambda mark: stored_mark(names.note(mark[1], line)), html)


def parse_notes(written: Value) -> dict[str, dict[str, str]]:
    """Parse the “notes” of a file: its sources by name. Raises Wrong."""
    if not isinstance(written, Fields):
        raise Wrong("expected a name for each source, with its fields below it.", written.line)
    for source in written.values():
        if not isinstance(source, Fields) or "title" not in source:
            raise Wrong("a source needs a “title”.", source.line)
        for name, value in source.items():
            if name not in SOURCE_FIELDS:
                raise Wrong(f"unknown field “{name}”.{hint(name, SOURCE_FIELDS)}", value.line)
            if name in {"url", "archived"} and not _text(value).startswith(("https://", "http://")):
                raise Wrong(f"“{value}” is not a URL such as https://….", value.line)
    return {name: dict(source) for name, source in written.items()}


def _parse_bool(text: Text) -> bool:
    if text not in {"true", "false"}:
        raise Wrong(f"“{text}” is not true or false.", text.line)
    return text == "true"


def parse_date(value: Value) -> date:
    """Parse an ISO date such as 2026-01-31. Raises Wrong."""
    text = _text(value)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Wrong(f"“{text}” is not a date such as 2026-01-31.", text.line) from error
