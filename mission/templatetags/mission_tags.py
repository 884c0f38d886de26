from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import segno
from django import template
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from wagtail.models import Page

from editorial.models import BasePage
from editorial.public_pages import choose_localized, localized_by_pk
from mission.languages import Language, alternate_urls, languages, original_of
from mission.models import UrgentHelpPage
from mission.navigation import navigation_pages
from mission.structured_data import breadcrumb_list, script
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage

if TYPE_CHECKING:
    from editorial.public_pages import PageWithLanguage
    from mission.navigation import NavigationPage

register = template.Library()


@dataclass
class MenuItem:
    title: str
    url: str
    current: str  # value of aria-current; may be empty
    language: str  # language of the link's text; empty if it is the language of the current page


def _navigation_pages(context: RequestContext) -> "list[NavigationPage]":
    return navigation_pages(context["request"], context.get("page"))


def _children_of_home(context: RequestContext) -> "list[NavigationPage]":
    pages, home = _navigation_pages(context), context["request"]._home_path
    return [page for page in pages if page.depth == 3 and page.path.startswith(home)]


@register.simple_tag(takes_context=True)
def breadcrumbs(context: RequestContext) -> list[Page]:
    """Public pages between the home page and this page."""
    path = getattr(context.get("page"), "path", "")
    return [
        page
        for page in _navigation_pages(context)
        if page.depth > 2 and page.path != path and path.startswith(page.path)
    ]


@register.simple_tag(takes_context=True)
def home_url(context: RequestContext) -> str:
    """URL of the home page in the language of this page."""
    pages, path = _navigation_pages(context), context["request"]._home_path
    home = next((page for page in pages if page.path == path), None)
    return (home and home.get_url(context["request"])) or "/"


@register.simple_tag(takes_context=True)
def site_menu(context: RequestContext) -> list[MenuItem]:
    """Children of the home page with `show_in_menus`."""
    return [_item(context, page) for page in _children_of_home(context) if page.show_in_menus]


@register.simple_tag(takes_context=True)
def urgent_help(context: RequestContext) -> MenuItem | None:
    """Link to the urgent help page, in another language if this language has none."""
    pages = [page for page in _navigation_pages(context) if page.specific_class is UrgentHelpPage]
    pages.sort(key=lambda page: not page.path.startswith(context["request"]._home_path))
    return next((_item(context, page) for page in pages), None)


@register.simple_tag(takes_context=True)
def story_index(context: RequestContext) -> MenuItem | None:
    """Link to the story index."""
    pages = (page for page in _children_of_home(context) if page.specific_class is StoryIndexPage)
    return next((_item(context, page) for page in pages), None)


@register.simple_tag
def public_url(page_id: int | None) -> str:
    """URL of a page or of its translation.

    Empty if the page is not public, because a link would reveal that the page exists.
    """
    page = localized_by_pk([page_id]).get(page_id) if page_id else None
    return (page and page.url) or ""


@register.simple_tag(takes_context=True)
def footer_menu(context: RequestContext) -> list[MenuItem]:
    """Pages of the menu, then pages that the site settings add."""
    in_menus = [page for page in _children_of_home(context) if page.show_in_menus]
    has_site = SiteSettings.site_for_request(context["request"])
    chosen = SiteSettings.for_request(context["request"]).footer_page_ids if has_site else []
    added = [page for page in _localized(context, chosen) if page not in in_menus]
    return [_item(context, page) for page in (*in_menus, *added)]


@register.simple_tag(takes_context=True)
def alert_link(context: RequestContext) -> MenuItem | None:
    """Link of the site-wide alert, if its page is public."""
    page_id = SiteSettings.for_request(context["request"]).alert_page_id
    return next((_item(context, page) for page in _localized(context, [page_id])), None)


@register.simple_tag(takes_context=True)
def quick_exit(context: RequestContext) -> str:
    """URL of the quick exit link; empty if the page does not show it."""
    if not SiteSettings.site_for_request(context["request"]):
        return ""
    return SiteSettings.for_request(context["request"]).quick_exit_url_for(context.get("page"))


@register.simple_tag(takes_context=True)
def other_languages(context: RequestContext) -> list[Language]:
    """Links to this page in other languages."""
    return languages(context["request"], context.get("page"), _navigation_pages(context))


@register.simple_tag(takes_context=True)
def alternates(context: RequestContext) -> list[Language]:
    """This page in all its languages, for search engines; empty if there is only one."""
    return alternate_urls(context["request"], context.get("page"), _navigation_pages(context))


@register.simple_tag(takes_context=True)
def newer_original(context: RequestContext) -> Language | None:
    """Link to the page in the main language, if it is newer than this translation of it."""
    current_page, pages = context.get("page"), _navigation_pages(context)
    translation = next(
        (page for page in pages if page.pk == getattr(current_page, "pk", None)), None
    )
    original = original_of(translation, pages) if translation else None
    if not (original and translation and original.last_published_at and translation.up_to_date_at):
        return None
    if original.last_published_at <= translation.up_to_date_at:
        return None
    found = (one for one in other_languages(context) if one.code == original.language)
    return next(found, None)


def _localized(context: RequestContext, chosen: Sequence[int | None]) -> "list[PageWithLanguage]":
    """The chosen pages, translated into the active language where possible."""
    pages = _navigation_pages(context)
    keys = {page.pk: page.translation_key for page in pages if page.pk in chosen}
    localized = choose_localized(keys, pages)
    return [localized[pk] for pk in chosen if pk in localized]


@register.simple_tag(takes_context=True)
def absolute(context: RequestContext, url: str) -> str:
    """Absolute URL of a file, for use outside this site."""
    return SiteSettings.absolute_url(context["request"], url)


@register.simple_tag
@lru_cache(maxsize=256)  # takes about 10 ms
def qr_code(url: str) -> SafeString:
    """A QR code of a URL, as inline SVG; empty if the URL is longer than a QR code can be."""
    try:
        code = segno.make_qr(url)
    except segno.DataOverflowError:
        return SafeString("")
    svg = code.svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None)
    return mark_safe(svg)  # noqa: S308 - consists of numbers


@register.simple_tag(takes_context=True)
def structured_data(context: RequestContext, picture: str = "") -> SafeString:
    """JSON-LD of the page; empty in previews."""
    page, request = context.get("page"), context["request"]
    if not isinstance(page, BasePage) or getattr(request, "is_preview", False):
        return SafeString("")
    trail = breadcrumb_list(breadcrumbs(context), page)
    return script([*page.structured_data(request, picture), *trail])


def _item(context: RequestContext, page: "PageWithLanguage") -> MenuItem:
    current_page, current = context.get("page"), ""
    if current_page and current_page.pk == page.pk:
        current = "page"
    elif current_page and getattr(current_page, "path", "").startswith(page.path):
        current = "true"
    language = "" if page.language == get_language() else page.language
    return MenuItem(page.title, page.get_url(context["request"]), current, language)
