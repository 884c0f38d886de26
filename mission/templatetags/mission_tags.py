from dataclasses import dataclass

from django import template
from django.db.models import Q
from django.template.context import RequestContext
from wagtail.models import Page, Site

from editorial.visibility import for_readers, public_url

register = template.Library()
register.simple_tag(public_url)

HOME_PATH_LENGTH = 2 * Page.steplen  # home pages stand right below the tree's root


@dataclass
class MenuItem:
    title: str
    url: str
    current: str  # the value of aria-current; empty elsewhere


def _pages_around(context: RequestContext) -> list[Page]:
    """Home, the pages below it and those above this page, if public; read once a request."""
    request, here = context["request"], context.get("page")
    if not hasattr(request, "_pages_around"):
        path = getattr(here, "path", "")
        above = [path[:end] for end in range(HOME_PATH_LENGTH, len(path), Page.steplen)]
        if not path:  # search and missing pages are no pages of the tree
            site = Site.find_for_request(request)
            path = site.root_page.localized.path if site else ""
        near_home = Q(path__startswith=path[:HOME_PATH_LENGTH], depth__in=(2, 3))
        pages = Page.objects.filter(near_home | Q(path__in=above)).order_by("path")
        request._pages_around = list(for_readers(pages)) if path else []
    return request._pages_around


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
    home = next((page for page in _pages_around(context) if page.depth == 2), None)
    return (home and home.get_url(context["request"])) or "/"


@register.simple_tag(takes_context=True)
def site_menu(context: RequestContext) -> list[MenuItem]:
    """The pages below home that editors ticked to be shown in menus."""
    request, here = context["request"], context.get("page")
    items = []
    for page in _pages_around(context):
        if page.depth == 3 and page.show_in_menus:
            current = ""
            if here and here.pk == page.pk:
                current = "page"
            elif here and getattr(here, "path", "").startswith(page.path):
                current = "true"
            items.append(MenuItem(page.title, page.get_url(request), current))
    return items


@register.simple_tag(takes_context=True)
def footer_menu(context: RequestContext) -> list[MenuItem]:
    """Every public page below home."""
    request = context["request"]
    return [
        MenuItem(page.title, page.get_url(request), "")
        for page in _pages_around(context)
        if page.depth == 3
    ]
