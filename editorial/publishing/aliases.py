"""Aliases that are taken down with a page, so that the CMS can name them, or that stay down."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from django.utils.translation import gettext
from wagtail.models import Page

_kept_down: ContextVar[frozenset[int]] = ContextVar("kept_down", default=frozenset())


class KeepsAliasesDown(Page):
    """A page that does not publish its aliases which were unpublished while it was live."""

    down_aliases: frozenset[int] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and self.live:
            down = Page.objects.not_live().filter(alias_of=self.pk, alias_of__live=True)
            self.down_aliases = frozenset(down.values_list("pk", flat=True))
        super().save(*args, **kwargs)

    def update_aliases(self, **kwargs: Any) -> None:
        """Updates all aliases. Wagtail publishes them, too; see `is_kept_down`."""
        token = _kept_down.set(self.down_aliases)
        try:
            super().update_aliases(**kwargs)
        finally:
            _kept_down.reset(token)


def is_kept_down(page: Page) -> bool:
    """Whether the page is an alias that stays down while its original is being published."""
    return page.pk in _kept_down.get()


def is_down_by_itself(page: Page) -> bool:
    """Whether the page is an alias that is not live, although its original is."""
    original = page.alias_of_id  # type: ignore[attr-defined]
    return bool(original) and not page.live and Page.objects.live().filter(pk=original).exists()


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


def how_to_publish_again() -> str:
    return gettext("It goes live when its original is unpublished and published again.")


def name_with_url(page: Page) -> str:
    names = {"title": page.get_admin_display_title(), "url": page.url}
    return gettext("“%(title)s” (%(url)s)") % names
