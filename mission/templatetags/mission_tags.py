from dataclasses import dataclass

from django import template
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q
from django.template.context import RequestContext
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from wagtail.models import Page, Site

from editorial.models import BasePage
from editorial.translations import HOME_PATH_LENGTH, with_up_to_date_at
from editorial.visibility import chosen_as_read, for_readers, public_url
from mission.languages import Language, in_each, languages, original_of
from mission.models import UrgentHelpPage
from mission.site_settings import SiteSettings
from mission.structured_data import script, things

register = template.Library()
register.simple_tag(public_url)


@dataclass
class MenuItem:
    title: str
    url: str
    current: str  # the value of aria-current; empty elsewhere
    language: str  # where it is not that of the page around it


def _pages_around(context: RequestContext) -> list[Page]:
    """The public pages that header, footer and breadcrumb may name; read once a request.

    Home, the pages below it, those above this page, urgent help, and those that the site settings
    choose; of home, this page and the chosen ones also what they are in other languages.
    """
    request, here = context["request"], context.get("page")
    if not hasattr(request, "_pages_around"):
        path, site = getattr(here, "path", ""), Site.find_for_request(request)
        above = [path[:end] for end in range(HOME_PATH_LENGTH, len(path), Page.steplen)]
        if site and not path:  # search and missing pages are no pages of the tree
            path = site.root_page.localized.path
        home = path[:HOME_PATH_LENGTH]
        near_home = Q(path__startswith=home, depth__in=(2, 3))
        chosen = SiteSettings.for_request(request).chosen_pages if site else []
        several = Page.objects.filter(Q(path=home) | Q(pk__in=[*chosen, getattr(here, "pk", None)]))
        in_languages = Page.objects.filter(translation_key__in=several.values("translation_key"))
        # Two halves, each with an index of its own.
        for_emergencies = Q(content_type=ContentType.objects.get_for_model(UrgentHelpPage))
        parts = (
            near_home | Q(path__in=above) | for_emergencies,
            Q(pk__in=in_languages.values("pk")),
        )
        first, second = (Page.objects.filter(part).order_by().values("pk") for part in parts)
        pages = with_up_to_date_at(for_readers(Page.objects.filter(pk__in=first.union(second))))
        pages = pages.annotate(language=F("locale__language_code")).order_by("path")
        request._pages_around = list(pages) if path else []
        request._home_path = home
    return request._pages_around


def _below_home(context: RequestContext) -> list[Page]:
    pages, home = _pages_around(context), context["request"]._home_path
    return [page for page in pages if page.depth == 3 and page.path.startswith(home)]


@register.simple_tag(takes_context=True)
def breadcrumbs(context: RequestContext) -> list[Page]:
    """The public pages between home and this page."""
    here = getattr(context.get("page"), "path", "")
    return [
        page
        for page in _pages_around(context)
        if page.depth > 2 and page.path != here and here.startswith(page.path)
    ]


@register.simple_tag(takes_context=True)
def home_url(context: RequestContext) -> str:
    """The address of the home page in the language of this page."""
    pages, path = _pages_around(context), context["request"]._home_path
    home = next((page for page in pages if page.path == path), None)
    return (home and home.get_url(context["request"])) or "/"


@register.simple_tag(takes_context=True)
def site_menu(context: RequestContext) -> list[MenuItem]:
    """The pages below home that editors ticked to be shown in menus."""
    return [_item(context, page) for page in _below_home(context) if page.show_in_menus]


@register.simple_tag(takes_context=True)
def urgent_help(context: RequestContext) -> MenuItem | None:
    """The page for emergencies, one tap from every page; in another language if need be."""
    pages = [page for page in _pages_around(context) if page.specific_class is UrgentHelpPage]
    pages.sort(key=lambda page: not page.path.startswith(context["request"]._home_path))
    return next((_item(context, page) for page in pages), None)


@register.simple_tag(takes_context=True)
def footer_menu(context: RequestContext) -> list[MenuItem]:
    """The pages of the menu, then those that the site settings add."""
    ticked = [page for page in _below_home(context) if page.show_in_menus]
    site = Site.find_for_request(context["request"])
    chosen = SiteSettings.for_request(context["request"]).footer_page_ids if site else []
    added = [page for page in _as_read(context, chosen) if page not in ticked]
    return [_item(context, page) for page in (*ticked, *added)]


@register.simple_tag(takes_context=True)
def alert_link(context: RequestContext) -> MenuItem | None:
    """The page that the site's alert leads to, if readers may see it."""
    page_id = SiteSettings.for_request(context["request"]).alert_page_id
    return next((_item(context, page) for page in _as_read(context, [page_id])), None)


@register.simple_tag(takes_context=True)
def quick_exit(context: RequestContext) -> str:
    """The address at which somebody who must leave this page at once goes on."""
    if not Site.find_for_request(context["request"]):
        return ""
    return SiteSettings.for_request(context["request"]).way_out_of(context.get("page"))


@register.simple_tag(takes_context=True)
def other_languages(context: RequestContext) -> list[Language]:
    """Where the reader can go on in another language."""
    return languages(context["request"], context.get("page"), _pages_around(context))


@register.simple_tag(takes_context=True)
def alternates(context: RequestContext) -> list[Language]:
    """This page in each language that has it, for search engines; nothing if there is one alone."""
    return in_each(context["request"], context.get("page"), _pages_around(context))


@register.simple_tag(takes_context=True)
def newer_original(context: RequestContext) -> Language | None:
    """Where the original of this page is, if it was published since this translation was made."""
    here, pages = context.get("page"), _pages_around(context)
    this = next((page for page in pages if page.pk == getattr(here, "pk", None)), None)
    original = original_of(this, pages) if this else None
    if not (original and this and original.last_published_at and this.up_to_date_at):
        return None
    if original.last_published_at <= this.up_to_date_at:
        return None
    found = (one for one in other_languages(context) if one.code == original.language)
    return next(found, None)


def _as_read(context: RequestContext, chosen: list[int | None]) -> list[Page]:
    """The chosen pages in the language that is being read, or else as they are."""
    pages = _pages_around(context)
    keys = {page.pk: page.translation_key for page in pages if page.pk in chosen}
    read = chosen_as_read(keys, pages)
    return [read[pk] for pk in chosen if pk in read]


@register.simple_tag(takes_context=True)
def absolute(context: RequestContext, address: str) -> str:
    """The whole address of a file, for those who read it elsewhere."""
    return context["request"].build_absolute_uri(address)


@register.simple_tag(takes_context=True)
def structured_data(context: RequestContext, picture: str = "") -> SafeString:
    """What the page is, for machines; a preview is nothing to them."""
    page, request = context.get("page"), context["request"]
    if not isinstance(page, BasePage) or getattr(request, "is_preview", False):
        return SafeString("")
    site = SiteSettings.for_request(request)
    return script(things(page, breadcrumbs(context), picture, site, request))


def _item(context: RequestContext, page: Page) -> MenuItem:
    here, current = context.get("page"), ""
    if here and here.pk == page.pk:
        current = "page"
    elif here and getattr(here, "path", "").startswith(page.path):
        current = "true"
    language = "" if page.language == get_language() else page.language
    return MenuItem(page.title, page.get_url(context["request"]), current, language)
