"""Finds the live aliases that are taken down with a page, so that the CMS can name them."""

from collections.abc import Sequence

from django.utils.translation import gettext
from wagtail.models import Page


def live_aliases(pages: Sequence[Page], *, below: bool = False) -> list[Page]:
    """The live aliases of `pages`, and the aliases of those, except any that are in `pages`.

    With `below`, also the aliases of the pages below them.
    """
    found: set[int] = set()
    for page in pages:
        family = page.get_descendants(inclusive=True) if below else Page.objects.filter(pk=page.pk)
        found.update(family.values_list("pk", flat=True))
    originals, aliases = found, set[int]()
    while originals:  # an alias may have aliases
        of_these = Page.objects.live().filter(alias_of__in=originals)
        originals = set(of_these.values_list("pk", flat=True)) - found - aliases
        aliases |= originals
    return list(Page.objects.filter(pk__in=aliases).specific().order_by("path"))


def name_with_url(page: Page) -> str:
    names = {"title": page.get_admin_display_title(), "url": page.url}
    return gettext("“%(title)s” (%(url)s)") % names
