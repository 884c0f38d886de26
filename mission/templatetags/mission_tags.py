from dataclasses import dataclass

from django import template
from django.db.models import Q
from django.template.context import RequestContext
from wagtail.models import Page, Site

from editorial.visibility import for_readers, public_url
from mission.models import UrgentHelpPage
from mission.site_settings import SiteSettings

register = template.Library()
register.simple_tag(public_url)

HOME_PATH_LENGTH = 2 * Page.steplen  # home pages stand right below the tree's root


@dataclass
class MenuItem:
    title: str
    url: str
    current: str  # the value of aria-current; empty elsewhere


def _pages_around(context: RequestContext) -> list[Page]:
    """The public pages that header, footer and breadcrumb may name; read once a request.

    Home, the pages below it, those above this page, and those that the site settings choose.
    """
    request, here = context["request"], context.get("page")
    if not hasattr(request, "_pages_around"):
        path, site = getattr(here, "path", ""), Site.find_for_request(request)
        above = [path[:end] for end in range(HOME_PATH_LENGTH, len(path), Page.steplen)]
        if site and not path:  # search and missing pages are no pages of the tree
            path = site.root_page.localized.path
        near_home = Q(path__startswith=path[:HOME_PATH_LENGTH], depth__in=(2, 3))
        chosen = SiteSettings.for_request(request).chosen_pages if site else []
        pages = Page.objects.filter(near_home | Q(path__in=above) | Q(pk__in=chosen))
        request._pages_around = list(for_readers(pages).order_by("path")) if path else []
        request._home_path = path[:HOME_PATH_LENGTH]
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
    """The page for emergencies, one tap from every page."""
    pages = (page for page in _below_home(context) if page.specific_class is UrgentHelpPage)
    return next((_item(context, page) for page in pages), None)


@register.simple_tag(takes_context=True)
def footer_menu(context: RequestContext) -> list[MenuItem]:
    """The pages of the menu, then those that the site settings add."""
    ticked = [page for page in _below_home(context) if page.show_in_menus]
    found = {page.pk: page for page in _pages_around(context)}
    site = Site.find_for_request(context["request"])
    chosen = SiteSettings.for_request(context["request"]).footer_page_ids if site else []
    added = [found[pk] for pk in chosen if pk in found and found[pk] not in ticked]
    return [_item(context, page) for page in (*ticked, *added)]


@register.simple_tag(takes_context=True)
def alert_link(context: RequestContext) -> MenuItem | None:
    """The page that the site's alert leads to, if readers may see it."""
    page_id = SiteSettings.for_request(context["request"]).alert_page_id
    pages = (page for page in _pages_around(context) if page.pk == page_id)
    return next((_item(context, page) for page in pages), None)


def _item(context: RequestContext, page: Page) -> MenuItem:
    here, current = context.get("page"), ""
    if here and here.pk == page.pk:
        current = "page"
    elif here and getattr(here, "path", "").startswith(page.path):
        current = "true"
    return MenuItem(page.title, page.get_url(context["request"]), current)
