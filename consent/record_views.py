"""The screens of a consent record: summary, history, and the forms that change it."""

from copy import copy
from functools import cached_property
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.log_actions import registry as log_registry

from consent import changes, descriptions, registry
from consent.mixins import HasConsent, read_record
from consent.models import ConsentRecord
from consent.record_forms import RecordForm
from consent.record_uses import count_public_pages, list_uses, named_items, scheduled
from staff.models import User

SHOWN_ENTRIES = 10  # entries of the history that the record's screen shows


class RecordMixin:
    """A view of one record, for users who may see it."""

    any_permission_required = ["view"]
    object: ConsentRecord

    def get_object(self, *args: Any, **kwargs: Any) -> ConsentRecord:
        record = super().get_object(*args, **kwargs)  # type: ignore[misc]  # a method of the view
        if not self.permission_policy.user_has_permission_for_instance(  # type: ignore[attr-defined]
            self.user, "view", record
        ):
            read_record(record.pk)  # raises WithdrawnMeanwhile if it no longer exists
            raise PermissionDenied
        return record

    @property
    def user(self) -> User:
        return cast("User", self.request.user)  # type: ignore[attr-defined]

    @cached_property
    def items(self) -> list[HasConsent]:
        return registry.items_of(self.object)

    @property
    def is_story(self) -> bool:
        return descriptions.holds_story(self.items)

    def get_page_subtitle(self) -> str:
        return descriptions.title_of(named_items(self.items, self.user))

    def get_breadcrumbs_items(self) -> list[dict]:
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}  # type: ignore[attr-defined]
        list_url, record_url = reverse("consent:index"), self.get_record_url()
        return [
            *self.breadcrumbs_items,  # type: ignore[attr-defined]
            {"url": list_url, "label": gettext("Consent")},
            {"url": record_url, "label": self.get_page_subtitle()},
            here,
        ]

    def get_record_url(self) -> str:
        return reverse("consent:inspect", args=[self.object.pk])


class RecordView(RecordMixin, generic.InspectView):
    """What a record allows, where its pages and pictures are used, and its latest changes."""

    template_name = "consent/record.html"
    page_title = _("Consent")
    header_more_buttons: list = []

    def get_breadcrumbs_items(self) -> list[dict]:
        return super().get_breadcrumbs_items()[:-1]

    def get_context_data(self, **kwargs: Any) -> dict:
        found, hidden = list_uses(self.items, self.user)
        entries = log_registry.get_logs_for_instance(self.object).select_related("user")
        may_withdraw = all(item.may_be_withdrawn_by(self.user) for item in self.items)
        return super().get_context_data(**kwargs) | {
            "facts": descriptions.facts(self.object, is_story=self.is_story),
            "state": descriptions.describe_state(self.object, self.items),
            "errors": descriptions.publishing_requirements(self.object, is_story=self.is_story),
            "uses": found,
            "hidden": hidden,
            "entries": entries[:SHOWN_ENTRIES],
            "has_more_entries": entries.count() > SHOWN_ENTRIES,
            "may_change": changes.may_change(self.user),
            "withdrawable": self.items[0] if self.items and may_withdraw else None,
        }


class RecordHistory(RecordMixin, HistoryView):
    """All changes to a record, from Wagtail's log."""

    header_buttons: list = []


class ChangeView(RecordMixin, generic.EditView):
    """Changes a record, but never overwrites a change that the user has not seen."""

    template_name = "consent/change.html"
    permission_required = "view"
    error_message = _("Nothing was saved.")
    has_own_check_for_changes = True
    versions: tuple[tuple[str, str, str], ...] = ()  # label, current value, typed value
    header_more_buttons: list = []

    def get_side_panels(self) -> Any:
        return MediaContainer()

    @cached_property
    def page_counts(self) -> dict[str, int]:
        return count_public_pages(self.object)

    @cached_property
    def scheduled(self) -> list[HasConsent]:
        return scheduled(self.items)

    def get_initial(self) -> dict:
        return {"seen": self.object.digest, "since": _latest_entry(self.object)}

    def get_form_kwargs(self) -> dict:
        unnamed = copy(self.object)
        unnamed.may_be_named = False
        shared = {
            "counts": self.page_counts,
            "count_scheduled": sum(item.is_displayable() for item in self.scheduled),
            "count_named": descriptions.count_taken_down(self.items, self.object, unnamed),
            "is_story": self.is_story,
        }
        return super().get_form_kwargs() | shared

    def form_valid(self, form: RecordForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except changes.OutdatedForm as error:
            return self.show_both_versions(form, error.record)
        except (PermissionDenied, ValidationError) as error:
            form.add_error(None, getattr(error, "messages", None) or str(error))
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)

    def save_instance(self) -> ConsentRecord:
        # Count the pages before saving, because saving may unpublish them.
        pages, scheduled_versions = self.page_counts, self.scheduled
        before = read_record(self.object.pk)
        after = changes.change(
            before.pk,
            self.form.values(),
            # “over” is the checkbox on the screen with both versions. Its value is the digest of
            # the version that somebody else saved. A second click on “Save” replaces that version
            # only if the checkbox is checked.
            seen=self.request.POST.get("over") or self.form.cleaned_data["seen"],
            user=self.user,
            approves_child=self.form.approves_child,
        )
        changed = changes.differences(before, after)
        self.success_message = descriptions.describe_effect(
            before, after, changed, pages, self.items, scheduled_versions
        )
        return after

    def get_success_message(self) -> str:
        return str(self.success_message)

    def get_success_buttons(self) -> list:
        return []

    def get_success_url(self) -> str:
        return self.get_record_url()

    def show_both_versions(self, form: RecordForm, current: ConsentRecord) -> HttpResponse:
        """Show the form again with what the user typed and what somebody else has saved."""
        self.versions = tuple(_compare(form, current))
        sentence = _describe_news(current, form.cleaned_data["since"])
        self.object = current
        kwargs = self.get_form_kwargs() | {"instance": read_record(current.pk)}
        current_form = type(form)(**kwargs | {"data": None, "files": None})
        form = type(form)(**kwargs | {"data": form.merged_data(current_form)})
        form.add_error(None, sentence)
        self.produced_error_message = self.get_error_message()
        return self.form_invalid(form)

    def form_invalid(self, form: RecordForm) -> HttpResponse:
        """If somebody else has changed the record, say that beside the form's other errors."""
        is_outdated = form.data.get("seen") != read_record(self.object.pk).digest
        if is_outdated and not self.versions and "since" in form.cleaned_data:
            form.add_error(None, _describe_news(self.object, form.cleaned_data["since"]))
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict:
        return super().get_context_data(**kwargs) | {
            "versions": self.versions,
            "record_url": self.get_record_url(),
        }


class NarrowView(ChangeView):
    page_title = _("Narrow")


class RenewView(ChangeView):
    page_title = _("Renew or change")
    permission_required = "change"


def _latest_entry(record: ConsentRecord) -> int:
    """The pk of the latest entry in the history; 0 if there is none."""
    entry = log_registry.get_logs_for_instance(record).first()
    return entry.pk if entry else 0


def _describe_news(record: ConsentRecord, since: int) -> str:
    """Say who changed what after the history entry with the pk `since`."""
    entries = log_registry.get_logs_for_instance(record).filter(pk__gt=since).order_by("pk")
    news = [
        gettext("Since you opened this form, %(name)s changed it. %(what)s.")
        % {"name": entry.user_display_name, "what": capfirst(str(entry.message))}
        for entry in entries
    ]
    if not news:
        news = [gettext("Since you opened this form, somebody changed it.")]
    news.append(gettext("Nothing that you typed is saved yet."))
    return " ".join(news)


def _compare(form: RecordForm, current: ConsentRecord) -> Any:
    """Yield the label, current value and typed value of each field whose values differ."""
    for name, typed in form.values().items():
        if (saved := getattr(current, name)) != typed:
            label = capfirst(descriptions.label_of(name))
            words = [descriptions.in_words(name, value) for value in (saved, typed)]
            yield label, *words
