"""Lists of pages with what helps to choose one: picture, who edited last, dates, and filters."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib import messages
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, ModelMultipleChoiceFilter
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages import listing
from wagtail.admin.views.pages.choose_parent import ChooseParentView
from wagtail.admin.viewsets.pages import PageListingViewSet, PageViewSet
from wagtail.models import Locale, Page
from wagtail.permissions import page_permission_policy

from consent.views import SOON
from desk.panels import REVIEW_AHEAD, scheduled
from editorial.reviews import due_by
from issues.models import IssuePage
from news.kinds import Kind
from news.models import NewsPage
from pictures.models import Picture
from staff.models import User
from stories.models import StoryPage

STATUS = {
    "live": lambda pages: pages.live(),
    "changed": lambda pages: pages.live().filter(has_unpublished_changes=True),
    "draft": lambda pages: pages.not_live(),
    "scheduled": lambda pages: pages.filter(pk__in=scheduled()),
}


MOST_SORTED = 300  # by hand


class PictureColumn(Column):
    cell_template_name = "desk/picture_cell.html"


class Status(ChoiceFilter):
    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        return STATUS[value](pages) if value in STATUS else pages


class Within(ChoiceFilter):
    """By a date that comes soon or has passed."""

    def __init__(self, soon: timedelta, **kwargs: object) -> None:
        self.soon = soon
        super().__init__(widget=RadioSelect, empty_label=_("Any"), **kwargs)

    def until(self, value: str) -> date:
        return localdate() + (self.soon if value == "due" else timedelta())


class ReviewDue(Within):
    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        return pages.filter(pk__in=due_by(self.until(value)).values("pk")) if value else pages


class ConsentEnds(Within):
    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        return pages.filter(expires_on__lte=self.until(value)) if value else pages


class OurFilters(listing.PageFilterSet):
    """Status and review before Wagtail's own."""

    status = Status(
        label=_("Status"),
        empty_label=_("Any"),
        widget=RadioSelect,
        choices=[
            ("live", _("Public")),
            ("changed", _("Public, with changes to come")),
            ("draft", _("Not public")),
            ("scheduled", _("Scheduled")),
        ],
    )
    review = ReviewDue(
        REVIEW_AHEAD,
        label=_("Review"),
        choices=[("due", _("Due within 30 days, or overdue")), ("overdue", _("Overdue"))],
    )


class PageFilters(OurFilters, listing.GenericPageFilterSet):
    pass


class StoryFilters(OurFilters):
    issues = ModelMultipleChoiceFilter(
        label=_("Issue"), queryset=IssuePage.objects.all(), widget=CheckboxSelectMultiple
    )
    consent = ConsentEnds(
        SOON,
        label=_("Consent"),
        choices=[("due", _("Ends within half a year, or has ended")), ("ended", _("Has ended"))],
    )
    is_sample = BooleanFilter(label=_("Sample"))


class NewsFilters(OurFilters):
    kind = ChoiceFilter(label=_("Kind"), empty_label=_("Any"), widget=RadioSelect, choices=Kind)


class OurColumns(listing.PageListingMixin):
    """Gives Wagtail's views what our columns show, in a fixed number of queries."""

    def annotate_queryset(self, pages: QuerySet) -> QuerySet:
        editor = "latest_revision__user__"
        return (
            super()
            .annotate_queryset(pages)
            .annotate(
                editor_name=Concat(f"{editor}first_name", Value(" "), f"{editor}last_name"),
                editor_username=F(f"{editor}username"),
            )
        )

    def get_context_data(self, **kwargs: object) -> dict:
        context = super().get_context_data(**kwargs)
        _with_card_pictures(context["object_list"])
        return context


class Explorer(OurColumns, listing.ExplorableIndexView):
    """Sorting by hand shows all pages at once: of ten thousand it took half a minute."""

    def get_valid_orderings(self) -> list[str]:
        orderings = super().get_valid_orderings()
        if self.has_too_many_to_sort and self.sort_order_field in orderings:
            orderings.remove(self.sort_order_field)
        return orderings

    def get_ordering(self) -> str:
        if self.has_too_many_to_sort and self.request.GET.get("ordering") == self.sort_order_field:
            words = _("More than %(number)d pages cannot be put in order by hand.")
            messages.info(self.request, words % {"number": MOST_SORTED})
        return super().get_ordering()

    @property
    def has_too_many_to_sort(self) -> bool:
        return self.parent_page.numchild > MOST_SORTED


class Listing(OurColumns, listing.IndexView):
    pass


class InMainLanguage(ChooseParentView):
    """A new page begins in the main language, and its translations begin from it."""

    def get_valid_parent_pages(self, user: User) -> QuerySet:
        return super().get_valid_parent_pages(user).filter(locale=Locale.get_default())


class MenuItemForEditors(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return page_permission_policy.user_has_any_permission(
            request.user, listing.IndexView.any_permission_required
        )


def _with_card_pictures(pages: Iterable[Page]) -> None:
    """Fetch the pictures that stand for these pages, in one query for all kinds of page."""
    shown = [
        (page, field)
        for page in pages
        for field in page._meta.concrete_fields
        if field.related_model is Picture and field.name != "social_picture"
    ]
    numbers = {field.value_from_object(page) for page, field in shown} - {None}
    found = Picture.objects.in_bulk(numbers)
    for page, field in shown:
        field.set_cached_value(page, found.get(field.value_from_object(page)))


def _edited_by(page: Page) -> str:
    return page.editor_name.strip() or page.editor_username or ""


def _day(name: str, label: str, **kwargs: object) -> Column:
    words = {"label": label, "classname": "desk-wide"}
    return Column(name, accessor=lambda page: _in_words(page, name), **words, **kwargs)


def _in_words(page: Page, name: str) -> str:
    day = getattr(page, name, None)
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _columns(before: list[Column], *more: Column) -> list[Column]:
    """Wagtail's columns, with ours before the title and before the status."""
    ours = {
        "title": [PictureColumn("picture", label=_("Picture"), width="80px")],
        "status": [
            Column("edited_by", label=_("Edited by"), accessor=_edited_by, classname="desk-wide"),
            _day("next_review", _("Next review")),
            *more,
        ],
    }
    return [column for one in before for column in (*ours.get(one.name, ()), one)]


# Issues all stand below one page, and so do stories: it need not be named.
FLAT = [one for one in listing.IndexView.base_columns if one.name != "parent"]


class Pages(PageViewSet):
    """The tree of all pages."""

    model = Page
    index_view_class = Explorer
    columns = _columns(listing.ExplorableIndexView.base_columns)
    filterset_class = PageFilters


class Issues(PageListingViewSet):
    """All issues, wherever they stand in the tree."""

    name, model = "issues", IssuePage
    icon, menu_label, menu_order = "list-ul", _("Issues"), 110
    add_to_admin_menu = True
    menu_item_class = MenuItemForEditors
    index_view_class = Listing
    choose_parent_view_class = InMainLanguage
    columns = _columns(FLAT)
    filterset_class = OurFilters


class Stories(Issues):
    """All stories, with when their people's consent ends."""

    name, model = "all-stories", StoryPage
    icon, menu_label, menu_order = "openquote", _("Stories"), 120
    columns = _columns(
        FLAT,
        _day("expires_on", _("Consent ends"), sort_key="expires_on"),
    )
    filterset_class = StoryFilters


class News(Issues):
    """All news, by kind."""

    name, model = "all-news", NewsPage
    icon, menu_label, menu_order = "calendar-alt", _("News"), 130
    columns = _columns(FLAT, Column("kind", label=_("Kind"), accessor="get_kind_display"))
    filterset_class = NewsFilters
