"""Parses YAML and Markdown into the stored form of blocks. The blocks validate the values.

`PARSERS` has one row for each class of block that files can write. A subclass uses the row of its
nearest base class.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.choices import flatten_choices
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from content_files import markdown, scalars, yaml_lines
from content_files.errors import ContentError
from content_files.rich_text import parse_rich_text, resolve_links
from content_files.scalars import check_choice, describe_choices, expect_items, expect_text
from content_files.targets import Ref, Targets, describe_target, suggestion
from content_files.yaml_lines import Fields, Text, Value
from editorial.blocks.body import ActionBlock
from pictures.models import Picture

# How Wagtail stores an image block without a picture.
NO_PICTURE = {"image": None, "decorative": False, "alt_text": ""}


@dataclass(frozen=True)
class BlockParser:
    """How blocks of one class are written in files, and how they are parsed."""

    parse: Callable[[Any, Value, Targets], object]
    syntax: str | Callable[[Any], str]  # for the table in docs/content-files.md


def parse_block(block: blocks.Block, value: Value, targets: Targets) -> object:
    """Parse `value` into the stored form of `block`. Raises ContentError."""
    return _parser_of(block).parse(block, value, targets)


def describe_block(block: blocks.Block) -> str:
    """Describe, in Markdown, how to write the block."""
    syntax = _parser_of(block).syntax
    return syntax if isinstance(syntax, str) else syntax(block)


def unsupported_blocks(block: blocks.Block) -> Iterator[str]:
    """The class names of blocks without a parser: `block` itself or blocks in it."""
    if not any(base in PARSERS for base in type(block).__mro__):
        yield type(block).__name__
    children = [block.child_block] if isinstance(block, blocks.ListBlock) else []
    for child in children or getattr(block, "child_blocks", {}).values():
        yield from unsupported_blocks(child)


def parse_body(stream: blocks.StreamBlock, source: str, line: int, targets: Targets) -> list[dict]:
    """Parse a Markdown body into the stored form of `stream`. Raises ContentError."""
    found = []
    for part in markdown.parse_parts(source, line):
        if part.block_type == "text":
            value: object = resolve_links(part.html, part.line, targets)
        elif part.block_type == "quote":
            value = {"text": part.text, "speaker": part.speaker}
        elif part.block_type == "figure":
            image = _image(part.picture, part.line, targets)
            value = {"picture": image, "caption": part.caption}
        elif part.block_type in stream.child_blocks:
            written = yaml_lines.read(part.source, part.line + 1)
            value = parse_block(stream.child_blocks[part.block_type], written, targets)
        else:
            hint = suggestion(part.block_type, stream.child_blocks)
            raise ContentError(f"there is no block “{part.block_type}”.{hint}", part.line)
        if part.block_type not in stream.child_blocks:
            raise ContentError(f"a {part.block_type} is not allowed on this page.", part.line)
        found.append({"type": part.block_type, "value": value})
    _check_counts(stream, found, line)
    return found


def parse_stream(stream: blocks.StreamBlock, value: Value, targets: Targets) -> list[dict]:
    """Parse a list of blocks, or one block if the stream has at most one. Raises ContentError.

    Each item is a block type with its value (`quote: …`), or only a value if the stream has only
    one block type.
    """
    is_empty = isinstance(value, Text) and not value
    items = [value] if stream.meta.max_num == 1 and not is_empty else expect_items(value)
    found = []
    for item in items:
        name, written = _typed(stream, item)
        parsed = parse_block(stream.child_blocks[name], written, targets)
        found.append({"type": name, "value": parsed})
    _check_counts(stream, found, value.line)
    return found


def _typed(stream: blocks.StreamBlock, item: Value) -> tuple[str, Value]:
    """The block type and the value of an item."""
    names = list(stream.child_blocks)
    if len(names) == 1:
        return names[0], item
    if not isinstance(item, Fields) or len(item) != 1:
        reason = f"write the type and a colon before each block; the types are {', '.join(names)}."
        raise ContentError(reason, item.line)
    ((name, value),) = item.items()
    if name not in names:
        raise ContentError(f"there is no block “{name}”.{suggestion(name, names)}", item.line)
    return name, value


def _check_counts(stream: blocks.StreamBlock, found: list[dict], line: int) -> None:
    _check_count(stream.meta.min_num, stream.meta.max_num, len(found), "blocks", line)
    for name, limits in stream.meta.block_counts.items():
        count = sum(block["type"] == name for block in found)
        _check_count(limits.get("min_num"), limits.get("max_num"), count, f"“{name}”", line)


def _check_count(least: int | None, most: int | None, count: int, what: str, line: int) -> None:
    if count < (least or 0):
        raise ContentError(f"expected at least {least} {what}.", line)
    if most is not None and count > most:
        raise ContentError(f"expected at most {most} {what}.", line)


def _parse_list(block: blocks.ListBlock, value: Value, targets: Targets) -> list:
    items = expect_items(value)
    _check_count(block.meta.min_num, block.meta.max_num, len(items), "items", value.line)
    return [parse_block(block.child_block, item, targets) for item in items]


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
        elif _is_required(child):
            raise ContentError(f"“{name}” is missing.", value.line)
        elif isinstance(child, ImageBlock):
            found[name] = NO_PICTURE
        elif _has_default(child):
            found[name] = child.get_prep_value(child.get_default())
    return found


def _has_default(block: blocks.Block) -> bool:
    return isinstance(block, blocks.FieldBlock) and block.get_default() not in (None, "", [])


def _is_required(block: blocks.Block) -> bool:
    if isinstance(block, ImageBlock):
        return _is_required(block.child_blocks["image"])
    return block.required and not isinstance(block, blocks.ListBlock) and not _has_default(block)


def _parse_action(block: ActionBlock, value: Value, targets: Targets) -> dict:
    found = _parse_struct(block, value, targets)
    if bool(found.get("page")) == bool(found.get("url")):
        raise ContentError("an action needs a “page” or a “url”, and not both.", value.line)
    return found


def _image(name: str, line: int, targets: Targets) -> dict:
    ref = targets.picture(name, line)
    alt = targets.pictures[name]
    return {"image": ref, "decorative": not alt, "alt_text": alt}


def _parse_image(block: ImageBlock, value: Value, targets: Targets) -> dict:
    text = expect_text(value)
    if not text and not _is_required(block):
        return NO_PICTURE
    return _image(text, text.line, targets)


def _parse_chooser(block: blocks.ChooserBlock, value: Value, targets: Targets) -> Ref | None:
    text = expect_text(value)
    if not text and not block.required:
        return None
    return targets.choose(block.model_class, text)


def _parse_rich_text(block: blocks.RichTextBlock, value: Value, targets: Targets) -> str:
    text = expect_text(value)
    if not text and block.required:
        raise ContentError("the text is empty.", text.line)
    return parse_rich_text(text, targets)


def _parse_choices(block: blocks.MultipleChoiceBlock, value: Value, targets: Targets) -> object:
    items = [expect_text(item) for item in expect_items(value)]
    for item in items:
        check_choice(item, flatten_choices(block.field.choices))
    return _clean(block, [str(item) for item in items], value.line)


def _scalar(parse: Callable[[Text], object] = str) -> Callable[[Any, Value, Targets], object]:
    def parse_scalar(block: blocks.FieldBlock, value: Value, targets: Targets) -> object:
        text = expect_text(value)
        if isinstance(block, blocks.ChoiceBlock):
            check_choice(text, flatten_choices(block.field.choices))
        return _clean(block, parse(text) if text else None, text.line)

    return parse_scalar


def _clean(block: blocks.FieldBlock, value: object, line: int) -> object:
    try:
        return block.get_prep_value(block.clean(value))
    except ValidationError as error:
        raise ContentError(" ".join(error.messages), line) from error


def _describe_struct(block: blocks.StructBlock) -> str:
    return ", ".join(
        f"`{name}`" + (f" ({'; '.join(notes)})" if (notes := _notes(child)) else "")
        for name, child in block.child_blocks.items()
    )


def _notes(child: blocks.Block) -> list[str]:
    syntax = describe_block(child)
    return [
        *([syntax] if syntax != scalars.TEXT else []),
        *(["required"] if _is_required(child) else []),
    ]


def describe_stream(stream: blocks.StreamBlock) -> str:
    """Describe, in Markdown, how to write the blocks of a stream."""
    children = stream.child_blocks
    if len(children) == 1:
        (described,) = (describe_block(child) for child in children.values())
        return described if stream.meta.max_num == 1 else f"a list; each item: {described}"
    types = "; ".join(f"`{name}:` {describe_block(child)}" for name, child in children.items())
    return types if stream.meta.max_num == 1 else f"a list; each item is one of {types}"


def _describe_list(block: blocks.ListBlock) -> str:
    return f"a list; each item: {describe_block(block.child_block)}"


def _describe_choice(block: blocks.ChoiceBlock) -> str:
    return describe_choices(flatten_choices(block.field.choices))


PARSERS: dict[type[blocks.Block], BlockParser] = {
    blocks.CharBlock: BlockParser(_scalar(), scalars.TEXT),
    blocks.TextBlock: BlockParser(_scalar(), scalars.TEXT),
    blocks.RegexBlock: BlockParser(_scalar(), scalars.TEXT),
    blocks.EmailBlock: BlockParser(_scalar(), scalars.EMAIL),
    blocks.URLBlock: BlockParser(_scalar(), scalars.URL),
    blocks.RichTextBlock: BlockParser(_parse_rich_text, scalars.MARKDOWN),
    blocks.ChoiceBlock: BlockParser(_scalar(), _describe_choice),
    blocks.MultipleChoiceBlock: BlockParser(
        _parse_choices, lambda block: f"a list; each item: {_describe_choice(block)}"
    ),
    blocks.BooleanBlock: BlockParser(_scalar(scalars.parse_boolean), scalars.BOOLEAN),
    blocks.IntegerBlock: BlockParser(_scalar(), scalars.INTEGER),
    blocks.FloatBlock: BlockParser(_scalar(), scalars.NUMBER),
    blocks.DecimalBlock: BlockParser(_scalar(), scalars.NUMBER),
    blocks.DateBlock: BlockParser(_scalar(scalars.parse_date), scalars.DATE),
    blocks.DateTimeBlock: BlockParser(_scalar(scalars.parse_datetime), scalars.DATETIME),
    blocks.TimeBlock: BlockParser(_scalar(scalars.parse_time), scalars.TIME),
    blocks.ChooserBlock: BlockParser(
        _parse_chooser, lambda block: describe_target(block.model_class)
    ),
    ImageBlock: BlockParser(_parse_image, describe_target(Picture)),
    ActionBlock: BlockParser(
        _parse_action, lambda block: f"{_describe_struct(block)}; either `page` or `url`"
    ),
    blocks.StructBlock: BlockParser(_parse_struct, _describe_struct),
    blocks.ListBlock: BlockParser(_parse_list, _describe_list),
    blocks.StreamBlock: BlockParser(parse_stream, describe_stream),
}


def _parser_of(block: blocks.Block) -> BlockParser:
    return next(PARSERS[base] for base in type(block).__mro__ if base in PARSERS)
