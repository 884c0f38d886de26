"""Where a reader can check what a page says.

A mark in running text carries its whole source, not the number of an entry in a list: text that is
moved, copied, deleted, pasted into another page or translated takes its sources along, and a page
needs no query for them. Numbers are given when the page is rendered, in the order of appearance.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import unescape

from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from draftjs_exporter.dom import DOM
from wagtail.admin.rich_text.converters.html_to_contentstate import InlineEntityElementHandler
from wagtail.rich_text import LinkHandler
from wagtail.whitelist import check_url

SIGN = "†"  # what stands for the mark in stored text
FIELDS = ("title", "publisher", "url", "published", "archived")
MARK = re.compile(r'<a class="cites"[^>]* data-source="([^"]*)">.*?</a>', re.DOTALL)
# Whoever writes HTML anew may put such a value into '…', where Wagtail finds no attribute.
QUOTED = re.compile(r'"([^"]*)"?')
PLACE = "<!-- sources -->"  # where a template wants the list; without one it comes last


@dataclass(frozen=True)
class Source:
    """A report, law or article."""

    title: str
    publisher: str = ""
    url: str = ""
    published: str = ""
    archived: str = ""  # the address of a copy that stays

    @classmethod
    def of(cls, values: dict) -> "Source":
        """From whatever holds the fields. An address that is a script is none."""
        found = {name: unescape(values.get(name) or "").strip() for name in FIELDS}
        found = {name: QUOTED.sub(r"“\1”", value) for name, value in found.items()}
        addresses = {name: check_url(found[name]) or "" for name in ("url", "archived")}
        return cls(**found | addresses)

    def mark(self) -> SafeString:
        """The mark before it has a number: outside a page, in a preview of one block, a link."""
        return format_html("{}{}</a>", self.opening_tag(), SIGN)

    def opening_tag(self) -> SafeString:
        href = format_html(' href="{}" rel="noreferrer"', self.url) if self.url else ""
        return format_html('<a class="cites"{} data-source="{}">', href, json.dumps(asdict(self)))


@dataclass
class Entry:
    """A source in the list of a page, and the marks that lead to it."""

    number: int
    source: Source
    marks: list[str]


def numbered(html: str) -> SafeString:
    """`html` with numbers in the place of its marks, and the list of its sources."""
    entries: dict[Source, Entry] = {}

    def number(found: re.Match) -> str:
        source = Source(**json.loads(unescape(found[1])))
        entry = entries.setdefault(source, Entry(len(entries) + 1, source, []))
        mark = f"mark-{entry.number}" + (f"-{len(entry.marks) + 1}" if entry.marks else "")
        entry.marks.append(mark)
        return format_html(
            '<sup class="source-number"><a id="{}" href="#source-{}">'
            '<span class="visually-hidden">{} </span>{}</a></sup>',
            *(mark, entry.number, _("Source"), entry.number),
        )

    html = MARK.sub(number, html)
    if not entries:
        return mark_safe(html)  # noqa: S308 - what templates rendered
    listing = _listing(entries.values())
    if PLACE in html:
        html = html.replace(PLACE, listing, 1)
    else:
        html += format_html('<div class="wrap">{}</div>', listing)
    return mark_safe(html)  # noqa: S308 - what templates rendered


def _listing(entries: Iterable[Entry]) -> SafeString:
    return render_to_string("components/sources.html", {"entries": entries})


class SourceHandler(LinkHandler):
    """From stored rich text to the mark."""

    identifier = "source"

    @staticmethod
    def expand_db_attributes(attrs: dict) -> str:
        return Source.of(attrs).opening_tag()


class SourceElementHandler(InlineEntityElementHandler):
    """From stored rich text to the editor."""

    mutability = "IMMUTABLE"

    def get_attribute_data(self, attrs: dict) -> dict:
        return asdict(Source.of(attrs))


def source_entity(props: dict) -> object:
    """From the editor to stored rich text."""
    return DOM.create_element("a", {"linktype": "source"} | stored(props), SIGN)


def stored(values: dict) -> dict[str, str]:
    """What of a source is worth storing."""
    return {name: value for name, value in asdict(Source.of(values)).items() if value}


def stored_mark(values: dict) -> str:
    """A mark as rich text stores it."""
    attributes = "".join(
        f' {name}="{conditional_escape(value)}"' for name, value in stored(values).items()
    )
    return f'<a linktype="source"{attributes}>{SIGN}</a>'
