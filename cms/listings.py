"""Page listings in the CMS, with picture, last editor and date columns, and filters."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, Filter, ModelMultipleChoiceFilter
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages import listing
from wagtail.admin.views.pages.choose_parent import ChooseParentView
from wagtail.admin.views.pages.usage import ContentTypeUseView
from wagtail.admin.viewsets.pages import PageListingViewSet, PageViewSet
from wagtail.admin.widgets.button import Button
from wagtail.models import Locale, Page, Revision
from wagtail.permissions import page_permission_policy

from cms.columns import EXPLORER_COLUMNS, LISTING_COLUMNS, build_columns, date_column
from cms.languages import LanguageFilter
from cms.panels import REVIEW_AHEAD, scheduled
from consent.descriptions import SOON
from consent.mixins import HasConsent
from editorial.models import BasePage
from editorial.registry import page_types
from editorial.reviews.mails import due_by
from pictures.models import Picture
from staff.models import User

STATUS = {
    "live": lambda pages: pages.live(),
    "changed": lambda pages: pages.live().filter(has_unpublished_changes=True),
    "draft": lambda pages: pages.not_live(),
    "scheduled": lambda pages: pages.filter(pk__in=scheduled()),
}
MAX_SORTABLE = 150
MAX_FOUND = 500  # results of a search


class Status(ChoiceFilter):
    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        return STATUS[value](pages) if value in STATUS else pages


class DateFilter(ChoiceFilter):
    """Shows only pages whose date is today or earlier.

    With the value “due”, it also shows pages whose date is at most `soon` from today.
    """

    def __init__(self, soon: timedelta, **kwargs: object) -> None:
        self.soon = soon
        super().__init__(widget=RadioSelect, empty_label=_("Any"), **kwargs)

    def until(self, value: str) -> date:
        return localdate() + (self.soon if value == "due" else timedelta())


class ReviewDue(DateFilter):
    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        return pages.filter(pk__in=due_by(self.until(value)).values("pk")) if value else pages


class ConsentEnds(DateFilter):
    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        return pages.filter(consent__expires_on__lte=self.until(value)) if value else pages


class RelatedPages(ModelMultipleChoiceFilter):
    """Shows pages that name one of the chosen pages, in whatever language."""

    def filter(self, pages: QuerySet, chosen: QuerySet) -> QuerySet:
        if not chosen:
            return pages
        keys = [page.translation_key for page in chosen]
        found = pages.model._default_manager.filter(
            **{f"{self.field_name}__translation_key__in": keys}
        )
        return pages.filter(pk__in=found.values("pk"))


class BaseFilters(listing.PageFilterSet):
    """Adds status and review filters before Wagtail's own."""

    # None removes a filter of Wagtail. There is one site, and listed pages have no children.
    site = has_child_pages = None
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


class PageFilters(BaseFilters, listing.GenericPageFilterSet):
    site = None


class PrefetchMixin(listing.PageListingMixin):
    """Loads the data of our columns in a fixed number of queries."""

    paginate_by = 20  # as in Wagtail's other lists; rendering rows takes most of the time

    def annotate_queryset(self, pages: QuerySet) -> QuerySet:
        editors = Revision.objects.select_related("user").defer("content")
        pages = super().annotate_queryset(pages)
        return pages.prefetch_related(Prefetch("latest_revision", editors))

    def search_queryset(self, pages: QuerySet) -> QuerySet:
        """Pages whose title begins with the words, then pages whose text contains them.

        Wagtail searches only titles here.
        """
        titles = super().search_queryset(pages)
        if not self.is_searching:
            return titles
        found = [page.pk for page in titles[:MAX_FOUND]]
        found += [
            page.pk for page in self.model._default_manager.search(self.search_query)[:MAX_FOUND]
        ]
        results = pages.filter(pk__in=found)
        if self.is_explicitly_ordered:
            return results
        order = {pk: -place for place, pk in enumerate(reversed(found))}  # the first place counts
        places = [models.When(pk=pk, then=place) for pk, place in order.items()]
        return results.order_by(models.Case(*places)) if places else results.none()

    def get_context_data(self, **kwargs: object) -> dict:
        context = super().get_context_data(**kwargs)
        _prefetch_card_pictures(context["object_list"])
        return context


class Explorer(PrefetchMixin, listing.ExplorableIndexView):
    """Page explorer that disables sorting by hand for long lists, and where it is not permitted.

    Sorting by hand shows all child pages at once; ten thousand took half a minute.
    """

    def get_valid_orderings(self) -> list[str]:
        orderings = super().get_valid_orderings()
        if self.has_too_many_to_sort and self.sort_order_field in orderings:
            orderings.remove(self.sort_order_field)
        return orderings

    def get_ordering(self) -> str:
        if self.has_too_many_to_sort and self.request.GET.get("ordering") == self.sort_order_field:
            message = _("You cannot sort more than %(number)d pages by hand.")
            messages.info(self.request, message % {"number": MAX_SORTABLE})
        return super().get_ordering()

    def get_reorder_url(self) -> str | None:
        """None, and so no handles, for users who may not change the order."""
        return super().get_reorder_url() if self.permissions.can_reorder_children() else None

    @property
    def has_too_many_to_sort(self) -> bool:
        return self.parent_page.numchild > MAX_SORTABLE


def may_edit_or_add(user: User | AnonymousUser, model: type[Page]) -> bool:
    """Whether the user may edit or add any page of this type."""
    if user.is_superuser:
        return True
    theirs = page_permission_policy.instances_user_has_any_permission_for(
        user, listing.IndexView.any_permission_required
    )
    return theirs.type(model, *model.allowed_parent_page_models()).exists()


class Listing(PrefetchMixin, listing.IndexView):
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Refuse users for whom the list would be empty although there are such pages."""
        if not may_edit_or_add(request.user, self.model) and self.model.objects.exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_locale(self) -> None:
        """None, because the filter by language knows a value that is no language."""
        return


class OrderedListing(Listing):
    """A list in the order that readers see, with a link to where the order can be changed."""

    default_ordering = "path"

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        buttons = super().header_more_buttons
        first = self.model._default_manager.filter(locale=Locale.get_default()).first()
        parent = first and first.get_parent()
        if parent and parent.permissions_for_user(self.request.user).can_reorder_children():
            url = f"{reverse('wagtailadmin_explore', args=[parent.pk])}?ordering=ord"
            buttons.append(Button(_("Change the order"), url, icon_name="list-ul"))
        return buttons


class PageTypeListing(PrefetchMixin, ContentTypeUseView):
    pass


class MainLanguageParentView(ChooseParentView):
    """Offers parents in the main language only. Pages in other languages are translations."""

    def get_valid_parent_pages(self, user: User) -> QuerySet:
        return super().get_valid_parent_pages(user).filter(locale=Locale.get_default())


class EditorMenuItem(MenuItem):
    """An item for those who may edit or add a page of this type. Others may see no such page."""

    model: type[Page]

    def is_shown(self, request: HttpRequest) -> bool:
        return may_edit_or_add(request.user, self.model)


def _prefetch_card_pictures(pages: Iterable[Page]) -> None:
    """Load the pictures that `card_picture` may return, in one query for all page types."""
    shown = [
        (page, field)
        for page in pages
        for field in page._meta.concrete_fields
        if field.related_model is Picture and field.name != "social_picture"
    ]
    picture_ids = {field.value_from_object(page) for page, field in shown} - {None}
    found = Picture.objects.in_bulk(picture_ids)
    for page, field in shown:
        key = field.value_from_object(page)
        field.set_cached_value(page, found.get(key))  # type: ignore[attr-defined]


class Pages(PageViewSet):
    """The tree of all pages."""

    model = Page
    index_view_class = Explorer
    content_type_use_view_class = PageTypeListing
    columns = build_columns(EXPLORER_COLUMNS)
    filterset_class = PageFilters


class PageList(PageListingViewSet):
    """All pages of one type, wherever they are in the page tree."""

    add_to_admin_menu = True
    menu_item_class = EditorMenuItem
    index_view_class = Listing
    choose_parent_view_class = MainLanguageParentView

    def get_menu_item(self, order: int | None = None) -> MenuItem:
        item = super().get_menu_item(order)
        item.model = self.model
        return item


def page_lists() -> list[PageList]:
    """The lists that page types declare, with the names all-issues, all-stories and so on."""
    return [
        PageList(
            name=f"all-{model.cms_list.name}",
            model=model,
            icon=model.cms_list.icon,
            menu_label=capfirst(model._meta.verbose_name_plural),
            menu_order=model.cms_list.order,
            index_view_class=OrderedListing if model.cms_list.is_ordered else Listing,
            columns=build_columns(LISTING_COLUMNS, *_own_columns(model)),
            filterset_class=type(
                "Filters", (BaseFilters,), {"locale": LanguageFilter()} | dict(_own_filters(model))
            ),
        )
        for model in page_types()
        # A new page type may lack `cms_list`. Then the system checks report editorial.E001.
        if hasattr(model, "cms_list") and model.cms_list
    ]


def _fields(model: type[BasePage], names: Iterable[str]) -> Iterator[models.Field]:
    return (cast("models.Field", model._meta.get_field(name)) for name in names)


def _own_columns(model: type[BasePage]) -> Iterator[Column]:
    for field in _fields(model, model.cms_list.columns if model.cms_list else ()):
        label = capfirst(field.verbose_name)
        if isinstance(field, models.DateField):
            yield date_column(field.name, label, sort_key=field.name)
        else:
            accessor = f"get_{field.name}_display" if field.choices else field.name
            yield Column(field.name, label=label, accessor=accessor, classname="cms-wide")
    if issubclass(model, HasConsent):
        yield date_column("consent.expires_on", _("Consent ends"), sort_key="consent__expires_on")


def _own_filters(model: type[BasePage]) -> Iterator[tuple[str, Filter]]:
    for field in _fields(model, model.cms_list.filters if model.cms_list else ()):
        label = capfirst(field.verbose_name)
        if isinstance(field, models.ManyToManyField):
            pages = field.related_model._default_manager.filter(
                locale__language_code=settings.LANGUAGE_CODE
            )
            widget = CheckboxSelectMultiple
            yield field.name, RelatedPages(label=label, queryset=pages, widget=widget)
        elif isinstance(field, models.BooleanField):
            yield field.name, BooleanFilter(label=label)
        else:
            options = {"empty_label": _("Any"), "widget": RadioSelect, "choices": field.choices}
            yield field.name, ChoiceFilter(label=label, **options)
    if issubclass(model, HasConsent):
        choices = [
            ("due", _("Ends within half a year, or has ended")),
            ("ended", _("Has ended")),
        ]
        yield "consent", ConsentEnds(SOON, label=_("Consent"), choices=choices)
