"""Pagination for lists of thousands of pages; the last page is almost as fast as the first."""

from django.core.paginator import EmptyPage, Page, Paginator
from django.utils.functional import cached_property
from wagtail.query import PageQuerySet

MAX_PAGE_NUMBER = 100_000  # higher page numbers do not exist


class LimitedCountPage(Page):
    has_more = False

    def has_next(self) -> bool:
        return self.has_more


class LimitedCountPaginator(Paginator):
    """Paginates without reading or counting the whole list.

    `keys` has the rows of `pages` in the same order, with as few joins as possible. Rows before the
    wanted page are read only from `keys`. Counting stops after MAX_PAGES, unless the caller gives
    the `count`.
    """

    MAX_PAGES = 50

    def __init__(
        self, pages: PageQuerySet, keys: PageQuerySet, per_page: int, count: int | None = None
    ) -> None:
        super().__init__(pages, per_page)
        self.pages, self.keys, self.known_count = pages, keys, count

    @cached_property
    def count(self) -> int:
        if self.known_count is not None:
            return self.known_count
        return self.keys.order_by()[: self.MAX_PAGES * self.per_page + 1].count()

    @property
    def is_counted(self) -> bool:
        return self.known_count is not None or self.count <= self.MAX_PAGES * self.per_page

    @cached_property
    def num_pages(self) -> int:
        """Number of pages; MAX_PAGE_NUMBER if not all are counted."""
        return super().num_pages if self.is_counted else MAX_PAGE_NUMBER

    def page(self, number: int | str) -> LimitedCountPage:
        wanted = self.validate_number(number)
        start = (wanted - 1) * self.per_page
        shown = self.keys.values("pk")[start : start + self.per_page + 1]
        found = list(self.pages.filter(pk__in=shown))
        if not found and wanted > 1:
            raise EmptyPage(self.error_messages["no_results"])
        part = LimitedCountPage(found[: self.per_page], wanted, self)
        part.has_more = len(found) > self.per_page
        return part
