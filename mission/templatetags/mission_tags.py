from dataclasses import dataclass

from django import template
from django.template.context import RequestContext
from wagtail.models import Page, Site

register = template.Library()


@dataclass
class MenuItem:
    title: str
    url: str
    current: str  # the value of aria-current; empty elsewhere


def _home(context: RequestContext) -> Page | None:
    site = Site.find_for_request(context["request"])
    return site.root_page.localized if site else None


def _children(context: RequestContext) -> list[Page]:
    """The public pages below home, read once a request."""
    request = context["request"]
    if not hasattr(request, "_children_of_home"):
        home = _home(context)
        request._children_of_home = list(home.get_children().live().public()) if home else []
    return request._children_of_home


@register.simple_tag(takes_context=True)
def home_url(context: RequestContext) -> str:
    """The address of the home page in the language of this page."""
    home = _home(context)
    return (home and home.get_url(context["request"])) or "/"


@register.simple_tag(takes_context=True)
def site_menu(context: RequestContext) -> list[MenuItem]:
    """The pages below home that editors ticked to be shown in menus."""
    request, here = context["request"], context.get("page")
    items = []
    for page in _children(context):
        if page.show_in_menus:
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
    return [MenuItem(page.title, page.get_url(request), "") for page in _children(context)]
