"""The list of consent records in the CMS, and the views of a record."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.forms import RadioSelect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from consent.changes import may_change
from consent.descriptions import SOON, describe_state, title_of, user_name
from consent.models import STORIES_NEED_CONSENT, ConsentRecord
from consent.permissions import ConsentPermissionPolicy
from consent.record_forms import NarrowForm, RenewForm
from consent.record_views import NarrowView, RecordHistory, RecordView, RenewView
from consent.registry import consent_models
from staff.models import User


class Filters(WagtailFilterSet):
    state = ChoiceFilter(
        label=_("State"),
        method="filter_state",
        widget=RadioSelect,
        empty_label=_("Any"),
        choices=[
            ("month", _("Ends this month")),
            ("soon", _("Ends within half a year")),
            ("ended", _("Has ended")),
            ("unusable", _("Cannot be shown yet")),
        ],
    )
    steward = ChoiceFilter(
        label=_("Steward"),
        method="filter_steward",
        widget=RadioSelect,
        empty_label=_("Any"),
        choices=[("me", _("Me")), ("none", _("No one"))],
    )

    class Meta:
        model = ConsentRecord
        fields: list[str] = []

    def filter_state(self, records: QuerySet, name: str, value: str) -> QuerySet:
        today = localdate()
        of_people = records.filter(shown__in=STORIES_NEED_CONSENT)
        if value == "unusable":
            not_ended = records.exclude(expires_on__lte=today)
            return not_ended.filter(_not_displayable())
        if value == "ended":
            return of_people.filter(expires_on__lte=today)
        last_of_month = today.replace(day=monthrange(today.year, today.month)[1])
        last = last_of_month if value == "month" else today + SOON
        return of_people.filter(expires_on__gt=today, expires_on__lte=last)

    def filter_steward(self, records: QuerySet, name: str, value: str) -> QuerySet:
        if value == "me":
            return records.filter(steward=self.request.user)
        return records.filter(steward=None, shown__in=STORIES_NEED_CONSENT)


def _not_displayable() -> Q:
    """A filter for records whose page or picture may not be shown on this site."""
    found = Q()
    for model in consent_models():
        refused = model._base_manager.exclude(model.displayable())
        found |= Q(pk__in=refused.values("consent"))
    return found


def _items(record: ConsentRecord) -> list:
    return record.items  # type: ignore[attr-defined]  # set by `_load_items`


class RecordList(generic.IndexView):
    any_permission_required = ["view"]
    page_title = _("Consent")
    is_searchable = True
    columns = [
        TitleColumn(
            "title",
            label=_("Belongs to"),
            accessor=lambda record: title_of(record.named) or str(record),
            get_url=lambda record: reverse("consent:inspect", args=[record.pk]),
        ),
        Column(
            "type",
            label=_("Type"),
            accessor=lambda record: capfirst(
                ", ".join(dict.fromkeys(item.type_name for item in _items(record)))
            ),
            classname="cms-wide",
        ),
        Column(
            "expires_on",
            label=_("Until"),
            accessor=lambda record: date_format(record.expires_on) if record.expires_on else "–",
            sort_key="expires_on",
        ),
        Column(
            "steward",
            label=_("Steward"),
            accessor=lambda record: user_name(record.steward),
            sort_key="steward__username",
        ),
        Column(
            "state",
            label=_("State"),
            accessor=lambda record: describe_state(record, _items(record)),
        ),
    ]

    def get_base_queryset(self) -> QuerySet:
        """The records that the user may view, if a page or picture still uses them."""
        records = self.permission_policy.instances_user_has_permission_for(self.user, "view")
        in_use = Q()
        for model in consent_models():
            in_use |= Q(pk__in=model._base_manager.values("consent"))
        return records.filter(in_use).select_related("steward")

    def search_queryset(self, records: QuerySet) -> QuerySet:
        """Find records by the code of the signed form, or by the title of a page or picture."""
        if not self.is_searching:
            return records
        found = Q(form_reference__icontains=self.search_query)
        for items in self._named_items():
            found |= Q(pk__in=items.filter(title__icontains=self.search_query).values("consent"))
        return records.filter(found)

    def get_context_data(self, **kwargs: Any) -> dict:
        context = super().get_context_data(**kwargs)
        self._load_items(context["object_list"])
        return context

    @cached_property
    def header_more_buttons(self) -> list[HeaderButton]:
        url = reverse("consent_text_search")
        words = _("Find a person’s words on all pages")
        return [HeaderButton(words, url=url, icon_name="search")]

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    def _named_items(self) -> list[QuerySet]:
        """All pages and pictures whose titles the user may read."""
        if may_change(self.user):
            return [model._base_manager.all() for model in consent_models()]
        return [model.editable_by(self.user) for model in consent_models()]

    def _load_items(self, records: Iterable) -> None:
        """Set two attributes of each record: `items`, and `named`.

        `items` are its pages and pictures; `named` are those whose titles the user may read.
        """
        pks = [record.pk for record in records]
        items, named = defaultdict(list), set()
        for model in consent_models():
            for item in model._base_manager.filter(consent__in=pks).order_by("pk"):
                items[item.consent_id].append(item)
        for found in self._named_items():
            named |= {
                (found.model, pk)
                for pk in found.filter(consent__in=pks).values_list("pk", flat=True)
            }
        for record in records:
            record.items = items[record.pk]
            for item in record.items:
                item.consent = record  # saves a query for each item
            record.named = [item for item in record.items if (type(item), item.pk) in named]


class ConsentViewSet(ModelViewSet):
    """Consent records. Nobody adds, copies or deletes a record by hand."""

    model = ConsentRecord
    icon = "user"
    menu_label = _("Consent")
    menu_order = 125  # below the stories in the menu
    add_to_admin_menu = True
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    ordering = ("expires_on", "pk")
    filterset_class = Filters
    index_view_class = RecordList
    inspect_view_class = RecordView
    history_view_class = RecordHistory
    form_fields: list[str] = []
    permission_policy = ConsentPermissionPolicy(ConsentRecord)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict:
        no_url = dict.fromkeys(["add_url_name", "delete_url_name", "usage_url_name"])
        return super().get_common_view_kwargs(**no_url, **kwargs)

    def get_urlpatterns(self) -> list[URLPattern]:
        narrow = self.construct_view(
            NarrowView, form_class=NarrowForm, edit_url_name=self.get_url_name("narrow")
        )
        renew = self.construct_view(RenewView, form_class=RenewForm)
        views = {
            "inspect": self.inspect_view,
            "narrow": narrow,
            "edit": renew,
            "history": self.history_view,
            "history_results": self.history_results_view,
        }
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            *(path(f"<int:pk>/{name}/", view, name=name) for name, view in views.items()),
        ]
