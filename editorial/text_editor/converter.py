"""Conversion of the text editor's content to stored rich text without losing words.

Wagtail's converter deletes what a field has no feature for: pasted headings and quotes with all
their words, and the words of links. Wagtail's converter also counts characters differently from
the browser.
"""

import json
from bisect import bisect_left
from urllib.parse import urlsplit

from django.urls import reverse
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.rich_text import features as registry

from editorial.redirects.middleware import page_at, site_hosts
from editorial.sources.rich_text import FIELDS, MARK_TEXT

PARAGRAPH = "unstyled"
HEADINGS = [f"header-{level}" for level in ("one", "two", "three", "four", "five", "six")]
LISTS = ["unordered-list-item", "ordered-list-item"]
MAX_ID = 2**31 - 1  # the highest primary key that a column can store
BLOCK_TYPES = [PARAGRAPH, *HEADINGS, *LISTS, "blockquote", "code-block", "atomic"]


def block_types(features: list[str]) -> dict[str, str]:
    """Map each block type of Draft.js to the type that a field with these features stores."""
    allowed = _configured(features, "block_map")
    return {name: _kept_type(name, allowed) for name in BLOCK_TYPES}


def _kept_type(name: str, allowed: set[str]) -> str:
    for group in (HEADINGS, LISTS):
        if name in group and (choices := [other for other in group if other in allowed]):
            level = group.index(name)
            return min(choices, key=lambda other: abs(group.index(other) - level))
    return name if name in allowed else PARAGRAPH


def _configured(features: list[str], kind: str) -> set[str]:
    rules = (registry.get_converter_rule("contentstate", feature) for feature in features)
    return {name for rule in rules if rule for name in rule["to_database_format"].get(kind, ())}


class Converter(ContentstateConverter):
    """Keeps every word.

    A block that the field does not allow becomes the nearest type that it allows. A link that the
    field does not allow becomes plain text.
    """

    def __init__(self, features: list[str]) -> None:
        super().__init__(features)
        self.block_types = block_types(features)
        self.entity_types = _configured(features, "entity_decorators")

    def to_database_format(self, contentstate_json: str) -> str:
        content = json.loads(contentstate_json) or {}
        entities = content.get("entityMap") or {}
        for block in content.get("blocks") or []:
            _convert_offsets(block, to_browser=False)
            block["entityRanges"] = [
                found
                for found in block.get("entityRanges") or []
                if self._is_kept(entities.get(str(found["key"])), _words(block, found))
            ]
            if block["type"] != "atomic" or block["text"].strip():
                block["type"] = self.block_types.get(block["type"], PARAGRAPH)
        return super().to_database_format(json.dumps(content))

    def from_database_format(self, html: str) -> str:
        content = json.loads(super().from_database_format(html))
        for block in content["blocks"]:
            _convert_offsets(block, to_browser=True)
        return json.dumps(content)

    def _is_kept(self, entity: dict | None, words: str) -> bool:
        """Whether the entity is stored. A link to a page of this site becomes a page link."""
        if not entity or entity["type"] not in self.entity_types or not _is_valid(entity):
            return False
        if entity["type"] == "SOURCE":
            return words == MARK_TEXT  # the stored mark would replace any other words
        if entity["type"] == "LINK":
            return _resolve_link(entity["data"])
        return True


def _is_valid(entity: dict) -> bool:
    """Whether the entity can be shown. Clients other than the editor may send any data."""
    data = entity["data"]
    if not isinstance(data, dict):
        return False
    if not all(isinstance(data.get(name), str | None) for name in ("url", *FIELDS)):
        return False
    key = data.get("id")
    if key is None:
        return entity["type"] not in {"DOCUMENT", "IMAGE"}
    text = str(key)
    return text.isdecimal() and text.isascii() and len(text) < 20 and int(text) <= MAX_ID


def _words(block: dict, found: dict) -> str:
    return block["text"][found["offset"] : found["offset"] + found["length"]]


def _resolve_link(data: dict) -> bool:
    """Turns a link to a page of this site into a page link.

    Returns False if the link must not be stored: it has no URL, or leads into the CMS.
    """
    url = data.get("url") or ""
    try:
        parts = urlsplit(url)
        if data.get("id") or not parts.path or parts.scheme not in {"", "http", "https"}:
            return bool(data.get("id") or url)
        if parts.hostname and parts.hostname not in site_hosts():
            return True
    except ValueError:
        return True  # not a URL that can be parsed; it is kept as it was written
    if parts.path.startswith(reverse("wagtailadmin_home")):
        return False
    if parts.query or parts.fragment:
        return True  # a page link cannot store a query or a fragment
    if page := page_at(url):
        data["id"] = page.pk
    return True


def _convert_offsets(block: dict, *, to_browser: bool) -> None:
    """Converts the ranges of a block between the positions of Python and of browsers.

    Python counts characters. Browsers count two units for a character such as an emoji.
    """
    text = block["text"]
    if text.isascii() or max(text) <= "\uffff":
        return
    units = [0]  # the position in the browser of each character, and of the end
    for character in text:
        units.append(units[-1] + (2 if character > "\uffff" else 1))
    ranges = [*(block.get("inlineStyleRanges") or []), *(block.get("entityRanges") or [])]
    for found in ranges:
        start, end = found["offset"], found["offset"] + found["length"]
        if to_browser:
            start, end = units[start], units[end]
        else:
            start, end = bisect_left(units, start), bisect_left(units, end)
        found["offset"], found["length"] = start, end - start
