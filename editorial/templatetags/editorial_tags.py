import re
from html import unescape

from django import template
from django.db.models import Model
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from wagtail.models import Page

from consent.withdrawal import Use, uses
from editorial.checks import with_findings
from editorial.sources.rich_text import numbered
from site_settings.time_zone import describe_time_zone

register = template.Library()
register.simple_tag(describe_time_zone)

HEADING = re.compile(r"<h2(?P<attributes>[^>]*)>(?P<words>.*?)</h2>", re.DOTALL)
ID = re.compile(r'\bid="([^"]*)"')
NUMBER = re.compile(r"<sup.*?</sup>", re.DOTALL)
ENOUGH = 3  # fewer headings are seen at a glance


@register.simple_block_tag
def with_sources(content: SafeString) -> SafeString:
    """Numbers the sources in `content` and lists them."""
    return numbered(content)


@register.simple_block_tag(takes_context=True)
def finished(context: Context, content: SafeString) -> SafeString:
    """The main part of a page: its sources numbered, and in a preview what editors may mend."""
    html = numbered(content)
    request = context.get("request")
    return with_findings(html) if getattr(request, "is_preview", False) else html


@register.simple_block_tag
def contents(content: SafeString) -> SafeString:
    """Puts a list of its headings before a body, and gives each heading the address it needs."""
    entries: dict[str, str] = {}

    def anchored(heading: re.Match) -> str:
        attributes, words = heading["attributes"], heading["words"]
        title = unescape(strip_tags(NUMBER.sub("", words))).strip()
        if found := ID.search(attributes):
            anchor = found[1]
        else:
            # The prefix keeps a heading “Main” apart from the page's own ids.
            anchor = first = f"to-{slugify(title, allow_unicode=True)}"
            number = 1
            while anchor in entries:
                number += 1
                anchor = f"{first}-{number}"
            attributes = f'{attributes} id="{anchor}"'
        if title:
            entries[anchor] = title
        return f"<h2{attributes}>{words}</h2>"

    # Before the headings are collected, since the list of sources has one too.
    body = HEADING.sub(anchored, numbered(content))
    listing = ""
    if len(entries) >= ENOUGH:
        listing = render_to_string("components/contents.html", {"entries": entries})
    return mark_safe(listing + body)  # noqa: S308 - what templates rendered, and slugs


@register.simple_tag
def uses_of(*candidates: object) -> list[Use]:
    """What shows or leads to the first of these that is something, or to a page below it.

    Wagtail's templates call what they delete by different names, and sometimes wrap it.
    """
    things = (one.get("item") if isinstance(one, dict) else one for one in candidates)
    thing = next((one for one in things if isinstance(one, Model)), None)
    if isinstance(thing, Page):
        return list(uses(list(thing.get_descendants(inclusive=True)), []))
    return list(uses([], [thing])) if thing else []
