"""List pages: index pages with pagination, filters and a feed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import InvalidPage
from django.db.models import Count, F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.query import PageQuerySet
from wagtail.search import index

from editorial.blocks.body import PLAIN_RICH_TEXT
from editorial.feeds import FeedMixin
from editorial.filters import Chip, chips
from editorial.models import BasePage
from editorial.page_types import PAGES
from editorial.pagination import LimitedCountPage, LimitedCountPaginator
from editorial.public_pages import publicly_visible

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Choice = tuple[str, StrOrPromise, int]  # value in the URL, title, number of pages

YEAR = re.compile(r"(19|20)[0-9]{2}")


class ListFilter:
    """A filter by the query parameter `name`, declared in `filters` of a list page.

    `label` names the row of chips, the links that set the filter. `all_title` names the chip that
    removes the filter.
    """

    def __init__(self, name: str, label: "StrOrPromise", all_title: "StrOrPromise") -> None:
        self.name, self.label, self.all_title = name, label, all_title

    def parse(self, text: str, page: "ListPage") -> Any:
        """Convert the text in a URL to a value. Raises Http404 if it is invalid."""
        raise NotImplementedError

    def condition(self, value: Any, page: "ListPage") -> Q:
        """The condition for pages with this value.

        It uses fields of `Page` only, because it also filters `listed_keys`.
        """
        raise NotImplementedError

    def choices(self, selection: "Selection") -> "Iterable[Choice]":
        """What readers can choose. `Selection.rows` leaves out choices without pages."""
        raise NotImplementedError

    def heading(self, value: Any) -> str:
        """Added to the title of the filtered list."""
        return ""


class ColumnFilter(ListFilter):
    """A filter by a column, so each page has one value.

    A single query counts the pages for every choice of all column filters.
    """

    def expression(self) -> Combinable:
        """The value, as a database expression."""
        raise NotImplementedError


class ChoiceFilter(ColumnFilter):
    """A filter by a model field with choices. The query parameter is named like the field."""

    def _labels(self, page: "ListPage") -> "dict[str, StrOrPromise]":
        field: Any = page.listed_type._meta.get_field(self.name)
        return dict(field.flatchoices)

    def parse(self, text: str, page: "ListPage") -> str:
        if text not in self._labels(page):
            raise Http404
        return text

    def condition(self, value: str, page: "ListPage") -> Q:
        return Q(pk__in=page.listed_type.objects.filter(**{self.name: value}).values("pk"))

    def expression(self) -> Combinable:
        return F(self.name)

    def choices(self, selection: "Selection") -> "Iterable[Choice]":
        labels = self._labels(selection.page)
        return [(value, labels[value], selection.count(self, value)) for value in labels]


class YearFilter(ColumnFilter):
    """A filter by the year in which a page was first published, newest first."""

    def __init__(self, label: "StrOrPromise", all_title: "StrOrPromise") -> None:
        super().__init__("year", label, all_title)

    def parse(self, text: str, page: "ListPage") -> int:
        if not YEAR.fullmatch(text):
            raise Http404
        return int(text)

    def condition(self, value: int, page: "ListPage") -> Q:
        return Q(first_published_at__year=value)

    def expression(self) -> Combinable:
        return ExtractYear("first_published_at")

    def choices(self, selection: "Selection") -> "Iterable[Choice]":
        years = {*selection.column(self), selection.values.get(self.name)} - {None}
        return [
            (str(year), str(year), selection.count(self, year))
            for year in sorted(years, reverse=True)
        ]


class Selection:
    """The pages of a list page that a query string selects. Raises Http404 for invalid values."""

    def __init__(self, page: "ListPage", params: QueryDict) -> None:
        self.page = page
        self.chosen = {
            one.name: str(params[one.name]) for one in page.filters if params.get(one.name)
        }
        if any("\0" in text for text in self.chosen.values()):  # PostgreSQL rejects NUL
            raise Http404
        self.values = {
            one.name: one.parse(self.chosen[one.name], page)
            for one in page.filters
            if one.name in self.chosen
        }
        self.columns = [one for one in page.filters if isinstance(one, ColumnFilter)]

    def apply(self, pages: PageQuerySet, without: Sequence[ListFilter] = ()) -> PageQuerySet:
        """`pages` with the chosen filters, except those in `without`."""
        for one in self.page.filters:
            if one.name in self.values and one not in without:
                pages = pages.filter(one.condition(self.values[one.name], self.page))
        return pages

    @cached_property
    def _groups(self) -> list[tuple[dict[str, Any], int]]:
        """Each combination of column filter values that occurs, with its number of pages."""
        pages = self.apply(self.page.listed_pages(), without=self.columns).order_by()
        names = [one.name for one in self.columns]
        rows = pages.values_list(*(one.expression() for one in self.columns)).annotate(Count("pk"))
        return [(dict(zip(names, row[:-1], strict=True)), row[-1]) for row in rows]

    def column(self, of: ColumnFilter) -> set[Any]:
        """The values of this filter that at least one page has."""
        return {values[of.name] for values, _count in self._groups}

    def count(self, of: ColumnFilter, value: Any) -> int:
        """The number of pages with this value and the chosen values of the other filters."""
        return self._count({**self.values, of.name: value})

    def _count(self, chosen: dict[str, Any]) -> int:
        wanted = {one.name: chosen[one.name] for one in self.columns if one.name in chosen}
        return sum(count for values, count in self._groups if wanted.items() <= values.items())

    def page_of(self, number: int | str) -> LimitedCountPage:
        """One page of the list. Raises InvalidPage."""
        keys = self.apply(self.page.listed_keys())
        count = self._count(self.values) if self.columns else None
        paginator = LimitedCountPaginator(self.page.listed_pages(), keys, self.page.PER_PAGE, count)
        return paginator.page(number)

    def rows(self, url: str) -> "Iterator[tuple[StrOrPromise, list[Chip]]]":
        """Label and chips of each filter.

        Choices that lead to an empty list are left out, except the current one.
        """
        for one in self.page.filters:
            current = self.chosen.get(one.name)
            choices = [choice for choice in one.choices(self) if choice[2] or choice[0] == current]
            if choices:
                yield one.label, chips(url, self.chosen, one.name, one.all_title, choices)

    @property
    def heading(self) -> str:
        """The headings of the chosen filters, which are added to the title."""
        chosen = (one for one in self.page.filters if one.name in self.values)
        return ", ".join(filter(None, (one.heading(self.values[one.name]) for one in chosen)))

    @property
    def paging_query(self) -> str:
        return f"{urlencode(self.chosen)}&" if self.chosen else ""


class ListPage(FeedMixin, BasePage):
    """Base of pages that list their children, newest first, with pagination, a feed and filters.

    A subclass declares `subpage_types` (one type) and `filters`. Its template extends
    `editorial/list_page.html` and says how to show `listed`, the children on one page of the list.
    """

    PER_PAGE = 12
    filters: Sequence[ListFilter] = ()

    introduction = RichTextField(
        _("introduction"),
        blank=True,
        features=PLAIN_RICH_TEXT,
        help_text=_("A sentence or two above the list."),
    )

    content_panels = [*Page.content_panels, FieldPanel("introduction"), FieldPanel("summary")]
    search_fields = [*BasePage.search_fields, index.SearchField("introduction")]
    max_count_per_parent = 1
    search_type = PAGES
    cms_list = None
    publish_permission = ""
    guide_page = ""

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.query_names = frozenset({"page", *(one.name for one in cls.filters)})

    @property
    def listed_type(self) -> type[BasePage]:
        return self.clean_subpage_models()[0]

    def listed(self) -> Q:
        """The condition for pages in this list. It uses fields of `Page` only."""
        return Q(path__startswith=self.path, depth=self.depth + 1)

    def listed_pages(self) -> PageQuerySet:
        """The public pages in this list with the fields that cards show."""
        return self.listed_type.objects.filter(self.listed()).for_listing()

    def listed_keys(self) -> PageQuerySet:
        """The pages of `listed_pages` in the same order, as a cheaper query for pagination."""
        pages = publicly_visible(Page.objects.filter(self.listed()))
        return pages.order_by("-first_published_at", "-pk")

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        selection = Selection(self, request.GET)
        try:
            listed = selection.page_of(request.GET.get("page") or 1)
        except InvalidPage as error:
            raise Http404 from error
        return context | {
            "listed": listed,
            "heading": selection.heading,
            "filter_rows": list(selection.rows(self.get_url(request) or "")),
            "paging_query": selection.paging_query,
        }
