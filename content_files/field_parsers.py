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
from content_files.errors import ContentError
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
class Targets:
    """What a file may refer to: the pages' keys with their types, and the pictures' alt texts."""

    pages: dict[str, type[Page]]
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


def suggestion(word: str, known: object) -> str:
    """Return “ Did you mean …?” if one of `known` is similar, or an empty string."""
    near = get_close_matches(word, list(known), 1)  # type: ignore[call-overload]
    return f" Did you mean “{near[0]}”?" if near else ""


def parse_field(field_: models.Field, value: Value, targets: Targets) -> object:
    """Parse `value` for a model field. Raises ContentError."""
    if isinstance(field_, StreamField):
        # The field has one block type: `value` is a list, or a single block if max_num is 1.
        (name, block), *_others = field_.stream_block.child_blocks.items()
        single = field_.stream_block.meta.max_num == 1
        items = [value] if single else _items(value)
        return [{"type": name, "value": parse_block(block, item, targets)} for item in items]
    if isinstance(field_, ParentalManyToManyField):
        page_type = cast("type[Page]", field_.related_model)
        return [
            targets.page(_prefixed(item, page_type), item.line, page_type) for item in _items(value)
        ]
    text = _text(value)
    if isinstance(field_, RichTextField):
        return _parse_rich_text(text, targets)
    if isinstance(field_, models.ForeignKey):
        if not text:
            return None
        if issubclass(field_.related_model, Picture):
            return targets.picture(text, text.line)
        return targets.page(text, text.line)
    if isinstance(field_, models.BooleanField):
        return _parse_bool(text)
    if isinstance(field_, models.DateField):
        return parse_date(text) if text else None
    if field_.choices and text and text not in dict(field_.choices):
        known = ", ".join(name for name, _label in field_.choices if name)
        raise ContentError(f"“{text}” is not one of: {known}.", text.line)
    try:
        return field_.clean(str(text), None)
    except ValidationError as error:
        raise ContentError(" ".join(error.messages), text.line) from error


def parse_block(block: blocks.Block, value: Value, targets: Targets) -> object:
    """Parse `value` into the stored form of `block`. Raises ContentError."""
    if isinstance(block, ImageBlock):
        text = _text(value)
        if not text:
            return NO_PICTURE
        ref = targets.picture(text, text.line)
        alt = targets.pictures[text]
        return {"image": ref, "decorative": not alt, "alt_text": alt}
    if isinstance(block, blocks.StructBlock):
        return _parse_struct(block, value, targets)
    if isinstance(block, blocks.ListBlock):
        return [parse_block(block.child_block, item, targets) for item in _items(value)]
    text = _text(value)
    if isinstance(block, blocks.PageChooserBlock):
        return targets.page(text, text.line, block.target_model) if text else None
    if isinstance(block, blocks.RichTextBlock):
        return _parse_rich_text(text, targets)
    try:
        return block.clean(block.to_python(str(text)))
    except ValidationError as error:
        raise ContentError(" ".join(error.messages), text.line) from error


def parse_body(stream: blocks.StreamBlock, source: str, line: int, targets: Targets) -> list[dict]:
    """Parse a Markdown body into the stored form of `stream`. Raises ContentError."""
    found = []
    for part in markdown.parse_parts(source, line):
        if part.block_type == "text":
            value: object = _resolve_links(part.html, part.line, targets)
        elif part.block_type == "quote":
            value = {"text": part.text, "speaker": part.speaker}
        elif part.block_type == "figure":
            ref = targets.picture(part.picture, part.line)
            alt = targets.pictures[part.picture]
            image = {"image": ref, "decorative": not alt, "alt_text": alt}
            value = {"picture": image, "caption": part.caption}
        elif part.block_type in stream.child_blocks:
            written = yaml_lines.read(part.source, part.line + 1)
            value = parse_block(stream.child_blocks[part.block_type], written, targets)
        else:
            known = suggestion(part.block_type, stream.child_blocks)
            raise ContentError(f"there is no block “{part.block_type}”.{known}", part.line)
        if part.block_type not in stream.child_blocks:
            raise ContentError(f"a {part.block_type} is not allowed on this page.", part.line)
        found.append({"type": part.block_type, "value": value})
    return found


def _parse_struct(block: blocks.StructBlock, value: Value, targets: Targets) -> dict:
    if not isinstance(value, Fields):
        raise ContentError(f"expected: {', '.join(block.child_blocks)}.", value.line)
    for key, line in value.keys_at.items():
        if key not in block.child_blocks:
            raise ContentError(f"unknown field “{key}”.{suggestion(key, block.child_blocks)}", line)
    found = {}
    for name, child in block.child_blocks.items():
        if name in value:
            found[name] = parse_block(child, value[name], targets)
        elif isinstance(child, ImageBlock) and not child.required:
            found[name] = NO_PICTURE
        elif child.required and not isinstance(child, blocks.ListBlock):
            raise ContentError(f"“{name}” is missing.", value.line)
    if isinstance(block, ActionBlock) and bool(found.get("page")) == bool(found.get("url")):
        raise ContentError("an action needs a “page” or a “url”, and not both.", value.line)
    return found


def _items(value: Value) -> Items:
    if isinstance(value, Text) and not value:
        return Items()
    if not isinstance(value, Items):
        raise ContentError(
            "expected a list: [one, two], or lines that begin with “- ”.", value.line
        )
    return value


def _text(value: Value) -> Text:
    if not isinstance(value, Text):
        raise ContentError("expected text, not a list or fields.", value.line)
    return value


def _prefixed(item: Value, page_type: type[Page]) -> str:
    """Prefix a slug with its app label: `community` becomes `issues/community`."""
    text = _text(item)
    return text if "/" in text else f"{page_type._meta.app_label}/{text}"


def _parse_rich_text(text: Text, targets: Targets) -> str:
    return _resolve_links(markdown.rich_text(text, text.line), text.line, targets)


def _resolve_links(html: str, line: int, targets: Targets) -> str:
    for key in markdown.PAGE_LINK.findall(html):
        targets.page(key, line)
    return markdown.NOTE_MARK.sub(lambda mark: stored_mark(targets.note(mark[1], line)), html)


def parse_notes(written: Value) -> dict[str, dict[str, str]]:
    """Parse the “notes” of a file: its sources by name. Raises ContentError."""
    if not isinstance(written, Fields):
        raise ContentError(
            "expected a name for each source, with its fields below it.", written.line
        )
    for source in written.values():
        if not isinstance(source, Fields) or "title" not in source:
            raise ContentError("a source needs a “title”.", source.line)
        for name, value in source.items():
            if name not in SOURCE_FIELDS:
                raise ContentError(
                    f"unknown field “{name}”.{suggestion(name, SOURCE_FIELDS)}", value.line
                )
            if name in {"url", "archived"} and not _text(value).startswith(("https://", "http://")):
                raise ContentError(f"“{value}” is not a URL such as https://….", value.line)
    return {name: dict(source) for name, source in written.items()}


def _parse_bool(text: Text) -> bool:
    if text not in {"true", "false"}:
        raise ContentError(f"“{text}” is not true or false.", text.line)
    return text == "true"


def parse_date(value: Value) -> date:
    """Parse an ISO date such as 2026-01-31. Raises ContentError."""
    text = _text(value)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ContentError(f"“{text}” is not a date such as 2026-01-31.", text.line) from error
