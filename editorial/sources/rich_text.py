"""Numbered sources in rich text.

A source mark in rich text contains the whole source, not a reference to a list. So text that is
moved, copied, pasted into another page or translated keeps its sources, and a page needs no query
for them. Sources are numbered in order of appearance when the page is rendered.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.rich_text import LinkHandler
from wagtail.whitelist import check_url

from consent.character_references import unescape

MARK_TEXT = "†"  # text of the mark in stored rich text
FIELDS = ("title", "publisher", "url", "published", "archived")
MARK = re.compile(r'<a class="cites"[^>]* data-source="([^"]*)">.*?</a>', re.DOTALL)
# HTML serializers put single quotes around an attribute value that contains double quotes. Wagtail
# does not parse single quotes, so double quotes in values are replaced.
QUOTED = re.compile(r'"([^"]*)"?')
PLACEHOLDER = "<!-- sources -->"  # position of the list in a template; default: at the end


@dataclass(frozen=True)
class Source:
    """A report, law or article."""

    title: str
    publisher: str = ""
    url: str = ""
    published: str = ""
    archived: str = ""  # URL of an archived copy

    @classmethod
    def of(cls, values: dict) -> "Source":
        """Creates a source from a dict of its fields. URLs with an unsafe scheme are dropped."""
        found = {name: unescape(values.get(name) or "").strip() for name in FIELDS}
        found = {name: QUOTED.sub(r"“\1”", value) for name, value in found.items()}
        urls = {name: check_url(found[name]) or "" for name in ("url", "archived")}
        return cls(**found | urls)

    def mark(self) -> SafeString:
        """The unnumbered mark. Outside a page, as in block previews, it stays a plain link."""
        return format_html("{}{}</a>", self.opening_tag(), MARK_TEXT)

    def opening_tag(self) -> SafeString:
        href = format_html(' href="{}" rel="noreferrer"', self.url) if self.url else ""
        return format_html('<a class="cites"{} data-source="{}">', href, json.dumps(asdict(self)))


@dataclass
class Entry:
    """A source in the list of a page, with the ids of its marks."""

    number: int
    source: Source
    marks: list[str]


def number_sources(html: str) -> SafeString:
    """Replaces the marks in `html` by numbers and adds the list of sources."""
    entries: dict[Source, Entry] = {}

    def replace_mark(found: re.Match) -> str:
        source = Source(**json.loads(unescape(found[1])))
        entry = entries.setdefault(source, Entry(len(entries) + 1, source, []))
        mark = f"mark-{entry.number}" + (f"-{len(entry.marks) + 1}" if entry.marks else "")
        entry.marks.append(mark)
        return format_html(
            '<sup class="source-number"><a id="{}" href="#source-{}">'
            '<span class="visually-hidden">{} </span>{}</a></sup>',
            *(mark, entry.number, _("Source"), entry.number),
        )

    html = MARK.sub(replace_mark, html)
    if not entries:
        return mark_safe(html)  # noqa: S308 - rendered by templates
    listing = _listing(entries.values())
    if PLACEHOLDER in html:
        html = html.replace(PLACEHOLDER, listing, 1)
    else:
        html += format_html('<div class="wrap">{}</div>', listing)
    return mark_safe(html)  # noqa: S308 - rendered by templates


def _listing(entries: Iterable[Entry]) -> SafeString:
    return render_to_string("components/sources.html", {"entries": entries})


class SourceHandler(LinkHandler):
    """Renders a stored source as a mark."""

    identifier = "source"

    @staticmethod
    def expand_db_attributes(attrs: dict) -> str:
        return Source.of(attrs).opening_tag()


def non_empty_fields(values: dict) -> dict[str, str]:
    """The non-empty fields of a source."""
    return {name: value for name, value in asdict(Source.of(values)).items() if value}


def stored_mark(values: dict) -> str:
    """HTML of a mark in stored rich text."""
    attributes = "".join(
        f' {name}="{conditional_escape(value)}"' for name, value in non_empty_fields(values).items()
    )
    return f'<a linktype="source"{attributes}>{MARK_TEXT}</a>'
