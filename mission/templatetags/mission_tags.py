from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import template
from django.template.context import RequestContext
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from wagtail.models import Page

from editorial.models import BasePage
from editorial.public_pages import choose_localized, localized_by_pk
from mission.languages import Language, alternate_urls, languages, original_of
from mission.models import UrgentHelpPage
from mission.navigation import pages_around
from mission.structured_data import script, things
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage

if TYPE_CHECKING:
    from editorial.public_pages import PageWithLanguage
    from mission.navigation import PageAround

register = template.Library()


@dataclass
class MenuItem:
    title: str
    url: str
    current: str  # value of aria-current; may be empty
    language: str  # empty if it is that of the current page


def _pages_around(context: RequestContext) -> "list[PageAround]":
    return pages_around(context["request"], context.get("page"))


def _below_home(context: RequestContext) -> "list[PageAround]":
    pages, home = _pages_around(context), context["request"]._home_path
    return [page for page in pages if page.depth == 3 and page.path.startswith(home)]


@register.simple_tag(takes_context=True)
def breadcrumbs(context: RequestContext) -> list[Page]:
    """Public pages between the home page and this page."""
    here = getattr(context.get("page"), "path", "")
    return [
        page
        for page in _pages_around(context)
        if page.depth > 2 and page.path != here and here.startswith(page.path)
    ]


@register.simple_tag(takes_context=True)
def home_url(context: RequestContext) -> str:
    """URL of the home page in the language of this page."""
    pages, path = _pages_around(context), context["request"]._home_path
    home = next((page for page in pages if page.path == path), None)
    return (home and home.get_url(context["request"])) or "/"


@register.simple_tag(takes_context=True)
def site_menu(context: RequestContext) -> list[MenuItem]:
    """Children of the home page with `show_in_menus`."""
    return [_item(context, page) for page in _below_home(context) if page.show_in_menus]


@register.simple_tag(takes_context=True)
def urgent_help(context: RequestContext) -> MenuItem | None:
    """Link to the urgent help page, in another language if there is none in this one."""
    pages = [page for page in _pages_around(context) if page.specific_class is UrgentHelpPage]
    pages.sort(key=lambda page: not page.path.startswith(context["request"]._home_path))
    return next((_item(context, page) for page in pages), None)


@register.simple_tag(takes_context=True)
def story_index(context: RequestContext) -> MenuItem | None:
    """Link to the story index."""
    pages = (page for page in _below_home(context) if page.specific_class is StoryIndexPage)
    return next((_item(context, page) for page in pages), None)


@register.simple_tag
def public_url(page_id: int | None) -> str:
    """URL of the localized page; empty unless it is public, so that no link reveals it."""
    page = localized_by_pk([page_id]).get(page_id) if page_id else None
    return (page and page.url) or ""


@register.simple_tag(takes_context=True)
def footer_menu(context: RequestContext) -> list[MenuItem]:
    """Pages of the menu, then those that the site settings add."""
    ticked = [page for page in _below_home(context) if page.show_in_menus]
    has_site = SiteSettings.site_for_request(context["request"])
    chosen = SiteSettings.for_request(context["request"]).footer_page_ids if has_site else []
    added = [page for page in _as_read(context, chosen) if page not in ticked]
    return [_item(context, page) for page in (*ticked, *added)]


@register.simple_tag(takes_context=True)
def alert_link(context: RequestContext) -> MenuItem | None:
    """Link of the site-wide alert, if its page is public."""
    page_id = SiteSettings.for_request(context["request"]).alert_page_id
    return next((_item(context, page) for page in _as_read(context, [page_id])), None)


@register.simple_tag(takes_context=True)
def quick_exit(context: RequestContext) -> str:
    """URL of the quick exit link; empty if the page does not show it."""
    if not SiteSettings.site_for_request(context["request"]):
        return ""
    return SiteSettings.for_request(context["request"]).quick_exit_url_for(context.get("page"))


@register.simple_tag(takes_context=True)
def other_languages(context: RequestContext) -> list[Language]:
    """Links to this page in other languages."""
    return languages(context["request"], context.get("page"), _pages_around(context))


@register.simple_tag(takes_context=True)
def alternates(context: RequestContext) -> list[Language]:
    """This page in all its languages, for search engines; empty if there is only one."""
    return alternate_urls(context["request"], context.get("page"), _pages_around(context))


@register.simple_tag(takes_context=True)
def newer_original(context: RequestContext) -> Language | None:
    """Link to the original of this page, if it was published after this translation."""
    here, pages = context.get("page"), _pages_around(context)
    this = next((page for page in pages if page.pk == getattr(here, "pk", None)), None)
    original = original_of(this, pages) if this else None
    if not (original and this and original.last_published_at and this.up_to_date_at):
        return None
    if original.last_published_at <= this.up_to_date_at:
        return None
    found = (one for one in other_languages(context) if one.code == original.language)
    return next(found, None)


def _as_read(context: RequestContext, chosen: Sequence[int | None]) -> "list[PageWithLanguage]":
    """The chosen pages in the active language, or else as they are."""
    pages = _pages_around(context)
    keys = {page.pk: page.translation_key for page in pages if page.pk in chosen}
    read = choose_localized(keys, pages)
    return [read[pk] for pk in chosen if pk in read]


@register.simple_tag(takes_context=True)
def absolute(context: RequestContext, address: str) -> str:
    """Absolute URL of a file, for use outside this site."""
    return context["request"].build_absolute_uri(address)


@register.simple_tag(takes_context=True)
def structured_data(context: RequestContext, picture: str = "") -> SafeString:
    """JSON-LD of the page; empty in previews."""
    page, request = context.get("page"), context["request"]
    if not isinstance(page, BasePage) or getattr(request, "is_preview", False):
        return SafeString("")
    site = SiteSettings.for_request(request)
    return script(things(page, breadcrumbs(context), picture, site, request))


def _item(context: RequestContext, page: "PageWithLanguage") -> MenuItem:
    here, current = context.get("page"), ""
    if here and here.pk == page.pk:
        current = "page"
    elif here and getattr(here, "path", "").startswith(page.path):
        current = "true"
    language = "" if page.language == get_language() else page.language
    return MenuItem(page.title, page.get_url(context["request"]), current, language)
