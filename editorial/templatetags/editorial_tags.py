import re
from collections.abc import Iterable

from django import template
from django.db.models import Model
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.models import Page

from consent.character_references import unescape
from consent.languages import language_in_sentence
from consent.uses import Use, uses
from editorial.checks import mark_findings
from editorial.deletions import losses
from editorial.publishing.aliases import live_aliases
from editorial.publishing.bulk_actions import reason_left_out
from editorial.publishing.other_languages import bulk_url, live_translations, may_take_down
from editorial.sources.rich_text import number_sources
from site_settings.time_zone import describe_time_zone

register = template.Library()
register.simple_tag(describe_time_zone)
register.filter(language_in_sentence)

HEADING = re.compile(r"<h2(?P<attributes>[^>]*)>(?P<words>.*?)</h2>", re.DOTALL)
ID = re.compile(r'\bid="([^"]*)"')
SOURCE_NUMBER = re.compile(r"<sup.*?</sup>", re.DOTALL)
MIN_HEADINGS = 3  # with fewer headings, there is no table of contents


@register.simple_block_tag
def with_sources(content: SafeString) -> SafeString:
    """Numbers the sources in `content` and lists them."""
    return number_sources(content)


@register.simple_block_tag(takes_context=True)
def process_main_content(context: Context, content: SafeString) -> SafeString:
    """The main part of a page with numbered sources and, in a preview, editorial findings."""
    html = number_sources(content)
    request = context.get("request")
    return mark_findings(html) if getattr(request, "is_preview", False) else html


@register.simple_block_tag
def contents(content: SafeString) -> SafeString:
    """Adds an id to each heading of a body, and a table of contents before the body."""
    entries: dict[str, str] = {}

    def anchored(heading: re.Match) -> str:
        attributes, words = heading["attributes"], heading["words"]
        title = unescape(strip_tags(SOURCE_NUMBER.sub("", words))).strip()
        if found := ID.search(attributes):
            anchor = found[1]
        else:
            # The prefix avoids collisions with other ids, for example for a heading “Main”.
            anchor = first = f"to-{slugify(title, allow_unicode=True)}"
            number = 1
            while anchor in entries:
                number += 1
                anchor = f"{first}-{number}"
            attributes = f'{attributes} id="{anchor}"'
        if title:
            entries[anchor] = title
        return f"<h2{attributes}>{words}</h2>"

    # Sources are numbered first, because their list has a heading too.
    body = HEADING.sub(anchored, number_sources(content))
    listing = ""
    if len(entries) >= MIN_HEADINGS:
        listing = render_to_string("components/table_of_contents.html", {"entries": entries})
    return mark_safe(listing + body)  # noqa: S308 - what templates rendered, and slugs


def _first_instance(candidates: Iterable[object]) -> Model | None:
    objects = (one.get("item") if isinstance(one, dict) else one for one in candidates)
    return next((one for one in objects if isinstance(one, Model)), None)


@register.simple_tag
def losses_of(*candidates: object) -> list[str] | None:
    """What is lost if an object is deleted; None for pages and files, which have `uses_of`."""
    instance = _first_instance(candidates)
    if instance is None or isinstance(instance, Page | AbstractImage | AbstractDocument):
        return None
    return losses(instance)


@register.simple_tag
def uses_of(*candidates: object) -> list[Use]:
    """Where the first model instance among `candidates` is used; for a page, its subtree too.

    Wagtail's delete templates pass the object under different names, sometimes in a dict.
    """
    instance = _first_instance(candidates)
    if isinstance(instance, Page):
        return list(uses(list(instance.get_descendants(inclusive=True)), []))
    return list(uses([], [instance])) if instance else []


def _page_among(candidates: tuple[object, ...]) -> Page | None:
    """The first page; Wagtail's templates for several pages pass each page in a dict."""
    objects = (one.get("item") if isinstance(one, dict) else one for one in candidates)
    return next((one for one in objects if isinstance(one, Page)), None)


@register.simple_tag
def aliases_of(*candidates: object) -> list[Page]:
    """The live aliases of a page, and of the pages below it."""
    page = _page_among(candidates)
    return live_aliases([page], below=True) if page else []


@register.inclusion_tag("editorial/aliases.html")
def aliases(action: str, *candidates: object) -> dict:
    """Names the live aliases of a page that is being taken down."""
    page, found = _page_among(candidates), aliases_of(*candidates)
    if page is None or action == "delete":
        return {"action": action, "own": found}
    own = live_aliases([page])
    return {"action": action, "own": own, "below": [each for each in found if each not in own]}


@register.inclusion_tag("editorial/other_languages.html", takes_context=True)
def other_languages(context: Context, candidate: object, action: str) -> dict:
    """Names the live translations of a page that is being taken down, and offers to take them down.

    Wagtail's templates for several pages pass each page in a dict, and all of them as `items`.
    """
    page = _page_among((candidate,))
    if page is None:
        return {}
    selected = [item["item"] for item in context.get("items") or [{"item": page}]]
    user = context["request"].user
    others = live_translations(selected, below=action == "delete")
    theirs = live_translations([page], below=action == "delete")
    offered = [other for other in others if may_take_down(other, user, action)]
    parent_url = reverse("wagtailadmin_explore", args=[page.get_parent().pk])
    next_url = context.get("next") or parent_url
    return {
        "action": action,
        "pages": [other for other in others if other in theirs],
        "url": bulk_url([*selected, *offered], action, next_url) if offered else "",
    }


@register.simple_tag(takes_context=True)
def why_left_out(context: Context, page: Page) -> str:
    """Why the current bulk action leaves out the page."""
    return reason_left_out(page, context["request"].user, context["view"].action_type)
