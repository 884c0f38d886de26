"""Lists of pages with what helps to choose one: picture, who edited last, dates, and filters."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, ModelMultipleChoiceFilter
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages import listing
from wagtail.admin.views.pages.choose_parent import ChooseParentView
from wagtail.admin.views.pages.usage import ContentTypeUseView
from wagtail.admin.viewsets.pages import PageListingViewSet, PageViewSet
from wagtail.models import Locale, Page, Revision
from wagtail.permissions import page_permission_policy

from cms.columns import FLAT, TREE, day, with_ours
from cms.panels import REVIEW_AHEAD, scheduled
from consent.views import SOON
from editorial.reviews.mails import due_by
from issues.models import IssuePage
from news.choices import NewsType
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


MOST_SORTED = 150  # by hand: all of them are shown at once


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

    site = has_child_pages = None  # there is one site, and nothing stands below these pages
    status = Status(
        label=_("Status"),
        empty_label=_("Any"),
        widget=RadioSelect,
        choices=[
            ("live", _("Public")),
            ("changed", _("Public, with unpublished changes")),
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
    site = None


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
    kind = ChoiceFilter(label=_("Type"), empty_label=_("Any"), widget=RadioSelect, choices=NewsType)


class OurColumns(listing.PageListingMixin):
    """Gives Wagtail's views what our columns show, in a fixed number of queries."""

    paginate_by = 20  # as in Wagtail's other lists: most of what a list takes is its rows

    def annotate_queryset(self, pages: QuerySet) -> QuerySet:
        editors = Revision.objects.select_related("user").defer("content")
        pages = super().annotate_queryset(pages)
        return pages.prefetch_related(Prefetch("latest_revision", editors))

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
            words = _("You cannot sort more than %(number)d pages by hand.")
            messages.info(self.request, words % {"number": MOST_SORTED})
        return super().get_ordering()

    @property
    def has_too_many_to_sort(self) -> bool:
        return self.parent_page.numchild > MOST_SORTED


class Listing(OurColumns, listing.IndexView):
    pass


class PagesOfOneType(OurColumns, ContentTypeUseView):
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
        key = field.value_from_object(page)
        field.set_cached_value(page, found.get(key))  # type: ignore[attr-defined]


class Pages(PageViewSet):
    """The tree of all pages."""

    model = Page
    index_view_class = Explorer
    content_type_use_view_class = PagesOfOneType
    columns = with_ours(TREE)
    filterset_class = PageFilters


class Issues(PageListingViewSet):
    """All issues, wherever they stand in the tree."""

    model: type[Page] = IssuePage
    name = "issues"
    icon, menu_label, menu_order = "list-ul", _("Issues"), 110
    add_to_admin_menu = True
    menu_item_class = MenuItemForEditors
    index_view_class = Listing
    choose_parent_view_class = InMainLanguage
    columns = with_ours(FLAT)
    filterset_class = OurFilters


class Stories(Issues):
    """All stories, with when their people's consent ends."""

    name, model = "all-stories", StoryPage
    icon, menu_label, menu_order = "openquote", _("Stories"), 120
    columns = with_ours(
        FLAT,
        day("expires_on", _("Consent ends"), sort_key="expires_on"),
    )
    filterset_class = StoryFilters


class News(Issues):
    """All news, by kind."""

    name, model = "all-news", NewsPage
    icon, menu_label, menu_order = "calendar-alt", _("News"), 130
    columns = with_ours(FLAT, Column("kind", label=_("Type"), accessor="get_kind_display"))
    filterset_class = NewsFilters
