"""Converts Markdown to Wagtail rich text and to body blocks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from content_files.errors import ContentError

PARSER = MarkdownIt("commonmark").enable("table")
EXTERNAL_PREFIXES = ("https://", "http://", "mailto:", "tel:")
# Stored rich text links to a page by id. Until the pages are created, the link
# holds the key of the page, which is the path of its file (`PageFile.key`).
PAGE_LINK = re.compile(r'<a linktype="page" id="page:([^"]*)">')
# `[^report]` cites a source by its name in the file. It becomes a link with this name, until the
# source is looked up.
NOTE = re.compile(r"\[\^([\w-]+)\]")
NOTE_MARK = re.compile(r'<a linktype="source" id="note:([^"]*)"></a>')

UNSUPPORTED = {
    "html_block": "raw HTML is not supported.",
    "html_inline": "raw HTML is not supported.",
    "em_open": "italics are not supported. Write **bold** instead.",
    "code_inline": "code is not supported.",
    "code_block": "a line that begins with four spaces is code, which is not supported.",
    "table_open": "tables are not supported.",
    "hr": "horizontal rules are not supported. Write a heading instead.",
    "image": "put a picture on a line of its own.",
}
QUOTE_TOKENS = {
    "blockquote_open",
    "blockquote_close",
    "paragraph_open",
    "paragraph_close",
    "inline",
}


class RichText(RendererHTML):
    """Renders the elements that Wagtail rich text supports, in its stored format."""

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        href = str(tokens[idx].attrGet("href") or "")
        if href.startswith(EXTERNAL_PREFIXES):
            return f'<a href="{escape(href)}">'
        return f'<a linktype="page" id="page:{escape(href.strip("/"))}">'

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        html = super().text(tokens, idx, options, env)
        return NOTE.sub(r'<a linktype="source" id="note:\1"></a>', html)

    def strong_open(self, *args: object) -> str:
        return "<b>"

    def strong_close(self, *args: object) -> str:
        return "</b>"

    def softbreak(self, *args: object) -> str:
        return " "

    def hardbreak(self, *args: object) -> str:
        return "<br/>"


@dataclass
class Part:
    """Part of a body: `block_type` is text, quote, figure or the name of a fenced block."""

    block_type: str
    line: int
    html: str = ""  # of a text block
    source: str = ""  # the YAML of a fenced block
    text: str = ""  # of a quote
    speaker: str = ""  # of a quote
    picture: str = ""  # the file name of a figure's picture
    caption: str = ""  # a figure's caption


def rich_text(source: str, line: int) -> str:
    """Convert Markdown without blocks to rich text. `line` is its first line in the file."""
    parts = list(parse_parts(source, line))
    for part in parts:
        if part.block_type != "text":
            raise ContentError(
                "only paragraphs, headings, lists, bold text and links are allowed here.", part.line
            )
    return "".join(part.html for part in parts)


def parse_parts(source: str, line: int) -> Iterator[Part]:
    """Yield the parts of a body in order. Raises ContentError for unsupported Markdown."""
    tokens = PARSER.parse(source)
    text: list[Token] = []
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        group, starts = tokens[at : end + 1], line + (tokens[at].map or [0])[0]
        _check_supported(group, starts)
        part = _block_part(group, starts)
        if part:
            yield from _text_part(text, line)
            text = []
            yield part
        else:
            text += group
        at = end + 1
    yield from _text_part(text, line)


def _end(tokens: list[Token], start: int) -> int:
    """The index of the token that closes the element that begins at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _check_supported(group: list[Token], line: int) -> None:
    figure = _figure(group)
    for token in group:
        token_line = line if token.map is None else line + token.map[0] - (group[0].map or [0])[0]
        if token.type in UNSUPPORTED:
            raise ContentError(UNSUPPORTED[token.type], token_line)
        if token is not group[0] and token.type in {"fence", "blockquote_open"}:
            raise ContentError("a block must not be inside a list or a quotation.", token_line)
        if group[0].type == "blockquote_open" and token.type not in QUOTE_TOKENS:
            raise ContentError("a quotation can contain only plain text.", token_line)
        if token.type == "heading_open" and token.tag not in {"h2", "h3"}:
            raise ContentError("write headings with ## or ###.", token_line)
        for child in token.children or []:
            if group[0].type == "blockquote_open" and child.type not in {"text", "softbreak"}:
                raise ContentError("a quotation can contain only plain text.", token_line)
            if group[0].type == "blockquote_open" and NOTE.search(child.content):
                raise ContentError(
                    "a quotation cannot contain a [^source]. Put it after other text.", token_line
                )
            if child.type in UNSUPPORTED and not (child.type == "image" and figure):
                raise ContentError(UNSUPPORTED[child.type], token_line)


def _figure(group: list[Token]) -> Token | None:
    """The image token of a paragraph that contains only an image."""
    if group[0].type == "paragraph_open":
        children = group[1].children or []
        if len(children) == 1 and children[0].type == "image":
            return children[0]
    return None


def _block_part(group: list[Token], line: int) -> Part | None:
    first = group[0]
    if first.type == "fence":
        return Part(first.info.strip(), line, source=first.content)
    if first.type == "blockquote_open":
        lines = [
            row for token in group if token.type == "inline" for row in token.content.split("\n")
        ]
        speaker = ""
        if lines and lines[-1].startswith(("— ", "-- ")):
            speaker = lines.pop().lstrip("—- ")
        return Part("quote", line, text=" ".join(lines), speaker=speaker)
    if image := _figure(group):
        if image.content:
            raise ContentError("write the alt text of a picture in pictures/facts.yaml.", line)
        return Part(
            "figure",
            line,
            picture=str(image.attrs["src"]),
            caption=str(image.attrs.get("title", "")),
        )
    return None


def _text_part(tokens: list[Token], line: int) -> Iterator[Part]:
    if tokens:
        html = RichText().render(tokens, PARSER.options, {}).replace("\n", "")
        yield Part("text", line + (tokens[0].map or [0])[0], html=html)
