"""Lists that grow by the thousand: their end costs a reader little more than their beginning."""

from django.core.paginator import EmptyPage, Page, Paginator
from django.utils.functional import cached_property
from wagtail.query import PageQuerySet

LAST = 100_000  # an address that says more asks for nothing


class PartOfList(Page):
    has_more = False

    def has_next(self) -> bool:
        return self.has_more


class LongPaginator(Paginator):
    """Parts of a list, by the numbers in their addresses.

    `keys` are the same pages in the same order, asked of as few tables as can be: what is passed
    over is read there alone. Nobody counts further than to MOST parts.
    """

    MOST = 50

    def __init__(self, pages: PageQuerySet, keys: PageQuerySet, per_page: int) -> None:
        super().__init__(pages, per_page)
        self.pages, self.keys = pages, keys

    @cached_property
    def count(self) -> int:
        return self.keys.order_by()[: self.MOST * self.per_page + 1].count()

    @property
    def is_counted(self) -> bool:
        return self.count <= self.MOST * self.per_page

    @cached_property
    def num_pages(self) -> int:
        """Where nobody counts, whether a part is there shows when it is asked for."""
        return super().num_pages if self.is_counted else LAST

    def page(self, number: int | str) -> PartOfList:
        wanted = self.validate_number(number)
        start = (wanted - 1) * self.per_page
        shown = self.keys.values("pk")[start : start + self.per_page + 1]
        found = list(self.pages.filter(pk__in=shown))
        if not found and wanted > 1:
            raise EmptyPage(self.error_messages["no_results"])
        part = PartOfList(found[: self.per_page], wanted, self)
        part.has_more = len(found) > self.per_page
        return part
