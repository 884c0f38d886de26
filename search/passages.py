"""The text of a page as lines: its sentences, and the heading that each stands under."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape
from textwrap import wrap
from typing import Any, NamedTuple

from django.utils.html import strip_tags
from wagtail import blocks
from wagtail.blocks import Block, StreamValue
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search.index import SearchField

# In a StructBlock, the block with one of these names is the heading of the others.
HEADING_NAMES = ("heading", "title", "question")
END_OF_BLOCK = re.compile(r"</(?:p|li|blockquote|ol|ul)>|<(?:hr|p|li|blockquote)\b[^>]*>", re.I)
SOURCE_MARK = re.compile(r'<a\b[^>]* linktype="source"[^>]*>.*?</a>', re.DOTALL)
MAX_SENTENCE = 1_000  # characters
SPACES = re.compile(r"[ \t-\r]+")  # narrow and no-break spaces stay: they group digits
HEADING = re.compile(r"<(h[2-6])\b[^>]*>(.*?)</\1>", re.I | re.DOTALL)
# A sentence ends with one of these and a space, and the next does not begin with a small letter.
# The word before it is matched separately: one pattern for both would take minutes for a long word.
ENDS = ".!?…。！？؟।"
END_OF_SENTENCE = re.compile(
    rf"(?<![{ENDS}])(?P<end>[{ENDS}]+[\"'”’»)\]]*)(?:\s+|(?<=[。！？]))(?=\S)"
)
LAST_WORD = re.compile(rf"[^\s{ENDS}]*\Z")  # of a few letters, enough for an abbreviation
# After these words, a period does not end a sentence.
ABBREVIATIONS = {
    *("dr", "mr", "mrs", "ms", "prof", "sen", "rep", "gov", "st", "no", "vs", "art", "sec", "inc"),
    *("jan", "feb", "aug", "sept", "oct", "nov", "dec", "sr", "sra", "dra", "ej", "núm", "pág"),
}


class Line(NamedTuple):
    """A sentence or a heading.

    `heading` is the position of the heading that a sentence stands under. For a heading, it is its
    own position.
    """

    text: str
    heading: int | None = None


def page_lines(page: Page) -> list[Line]:
    """The text of the page's search fields without its title, the summary first."""
    lines: list[Line] = []
    heading = None
    for paragraph in _paragraphs(page):
        text = unicodedata.normalize("NFC", SPACES.sub(" ", paragraph).strip(" "))
        if not isinstance(paragraph, _Heading):
            lines.extend(Line(sentence, heading) for sentence in sentences(text))
        elif text:
            heading = len(lines)
            lines.append(Line(text, heading))
        else:
            heading = None
    return lines


def dump(lines: Iterable[Line]) -> str:
    """The lines as text, one per row: the position of the heading, a tab, and the words."""
    rows = (("" if line.heading is None else str(line.heading), line.text) for line in lines)
    return "\n".join(map("\t".join, rows))


def load(text: str) -> list[Line]:
    rows = (row.partition("\t") for row in text.split("\n"))
    return [Line(words, int(heading) if heading else None) for heading, _tab, words in rows]


def sentences(text: str) -> Iterator[str]:
    """The sentences of a paragraph. Very long ones are cut, so that excerpts are made quickly."""
    start = 0
    for match in END_OF_SENTENCE.finditer(text):
        nearby = max(start, match.start() - 10)
        last_word = LAST_WORD.search(text, nearby, match.start())
        before = last_word[0].lower().strip("(“\"'") if last_word else ""
        is_abbreviated = match["end"] == "." and (len(before) < 2 or before in ABBREVIATIONS)
        if not is_abbreviated and not text[match.end()].islower():
            yield from _parts(text[start : match.end()].rstrip())
            start = match.end()
    yield from _parts(text[start:])


def _parts(sentence: str) -> list[str]:
    return wrap(sentence, MAX_SENTENCE, break_on_hyphens=False)


class _Heading(str):
    """A heading. An empty one means that the next paragraphs stand under none."""

    __slots__ = ()


def _paragraphs(page: Page) -> Iterator[str]:
    names = [one.field_name for one in page.get_search_fields() if isinstance(one, SearchField)]
    for name in dict.fromkeys(["summary", *names]):
        yield _Heading("")
        if name != "title":
            yield from _field_paragraphs(page, name)


def _field_paragraphs(page: Page, name: str) -> Iterator[str]:
    field, value = page._meta.get_field(name), getattr(page, name)
    if isinstance(value, StreamValue):
        yield from _block_paragraphs(value.stream_block, value)
    elif isinstance(field, RichTextField):
        yield from _html_paragraphs(value)
    else:
        yield str(value or "")


def _block_paragraphs(block: Block, value: Any) -> Iterator[str]:
    if not getattr(block, "search_index", True):
        return
    if isinstance(block, blocks.StreamBlock):
        for child in value:
            yield from _block_paragraphs(child.block, child.value)
    elif isinstance(block, blocks.ListBlock):
        for item in value:
            yield from _block_paragraphs(block.child_block, item)
    elif isinstance(value, blocks.StructValue):
        yield from _struct_paragraphs(block, value)
    elif isinstance(block, blocks.RichTextBlock):
        yield from _html_paragraphs(value.source)
    else:
        yield from block.get_searchable_content(value)


def _struct_paragraphs(block: Any, value: blocks.StructValue) -> Iterator[str]:
    heading = next((name for name in HEADING_NAMES if value.get(name)), None)
    if heading:
        yield _Heading(value[heading])
    for name, child in block.child_blocks.items():
        if name != heading:
            yield from _block_paragraphs(child, value.get(name, child.get_default()))
    if heading:
        yield _Heading("")


def _html_paragraphs(html: str) -> Iterator[str]:
    for number, part in enumerate(HEADING.split(SOURCE_MARK.sub("", html))):
        if number % 3 == 2:
            yield _Heading(_plain(part))
        elif number % 3 == 0:
            yield from map(_plain, END_OF_BLOCK.split(part))


def _plain(html: str) -> str:
    return unescape(strip_tags(html.replace("<br/>", " ")))
