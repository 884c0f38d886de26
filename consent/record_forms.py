"""Forms to narrow consent, and to renew or change it."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from consent.changes import NARROWING_FIELDS, may_approve_child
from consent.descriptions import PLACES, user_name
from consent.models import USUAL_PERIOD, ConsentRecord, Scope
from staff.models import User

CHILD_APPROVED = "child_approved"


class RecordForm(WagtailAdminModelForm):
    """Base of NarrowForm and RenewForm. The view saves `values()` and does not call `save`."""

    seen = forms.CharField(widget=forms.HiddenInput)  # the digest of the record that the user sees
    since = forms.IntegerField(widget=forms.HiddenInput)  # pk of the record's latest history entry

    class Meta(WagtailAdminModelForm.Meta):
        model = ConsentRecord
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        *args: Any,
        counts: dict[str, int],
        count_scheduled: int,
        count_named: int,
        is_story: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_story = is_story
        self.count, self.count_named = counts[Scope.SITE], count_named
        self.initial[CHILD_APPROVED] = bool(self.instance.child_approved_at)
        pages = {scope: _pages(counts[scope]) for scope in Scope}
        if count_scheduled:
            found = ngettext(
                "%(count)d scheduled version", "%(count)d scheduled versions", count_scheduled
            )
            versions = found % {"count": count_scheduled}
            pages[Scope.SITE] = get_text_list([pages[Scope.SITE], versions], gettext("and"))
        self.pages = pages[Scope.SITE]
        words = gettext("Clear this to remove it from %(place)s at once. This affects %(pages)s.")
        for scope in Scope:
            if (field := self.fields.get(f"for_{scope}")) and self.initial.get(f"for_{scope}"):
                field.help_text = words % {"place": PLACES[scope], "pages": pages[scope]}
        if count_named and (field := self.fields.get("may_be_named")):
            words = ngettext(
                "If cleared, %(count)d page is taken down, because its text contains the name.",
                "If cleared, %(count)d pages are taken down, because their text contains the name.",
                count_named,
            )
            field.help_text = words % {"count": count_named}
        for name, field in self.fields.items():
            # Send the values that the user saw, so that only fields the user changed are saved.
            field.show_hidden_initial = name not in ("seen", "since")

    def values(self) -> dict[str, Any]:
        """The new values of the fields that the user changed."""
        changed = set(self.changed_data)
        return {name: self.cleaned_data[name] for name in self.model_fields() if name in changed}

    @property
    def approves_child(self) -> bool | None:
        """Whether the child is approved; None if the user did not change that."""
        if CHILD_APPROVED not in self.changed_data:
            return None
        return self.cleaned_data.get(CHILD_APPROVED)

    def hidden_initials(self) -> SafeString:
        """Hidden fields with the values that the user saw; Wagtail's template leaves them out."""
        fields = (field for field in self if field.field.show_hidden_initial)
        return format_html_join(
            "", "{}", ((field.as_hidden(only_initial=True),) for field in fields)
        )

    def merged_data(self, now: "RecordForm") -> dict[str, Any]:
        """Data for a new form: the current values with the user's changes from this form.

        `now` is a form of the current record. Fields that the user did not change get the current
        values, so that saving the new form widens nothing. `seen` keeps the digest of the record
        that the user opened, so the new form counts as outdated: it is saved only if the user
        checks the box “over” (see `save_instance` in `record_views.py`).
        """
        data: dict[str, Any] = {}
        for field in now:
            name = field.name
            if name in self.changed_data or name in ("seen", "since"):
                data |= {name: self.data[name]} if name in self.data else {}
            elif (value := field.value()) not in (None, False, ""):
                data[name] = str(value)
            if field.field.show_hidden_initial:
                data[field.html_initial_name] = str(field.initial or "")
        return data

    def model_fields(self) -> Iterator[str]:
        return (name for name in self._meta.fields or () if name in self.fields)


class NarrowForm(RecordForm):
    """Lets a user narrow consent, and says beside each field what that does."""

    child_approved = forms.BooleanField(label=_("Showing this child is approved"), required=False)

    class Meta(RecordForm.Meta):
        fields = NARROWING_FIELDS

    def __init__(self, *args: Any, is_story: bool, **kwargs: Any) -> None:
        super().__init__(*args, is_story=is_story, **kwargs)
        record, pages = self.instance, self.pages
        for name in [*NARROWING_FIELDS, CHILD_APPROVED]:
            is_set = self.initial.get(name)
            if not is_set or (name == "may_be_named" and not is_story):
                del self.fields[name]
        self.present_end = record.expires_on
        count_staying = self.count - self.count_named
        named = self.fields.get("may_be_named")
        if named and (count_staying or not self.count_named):
            words = gettext("Clear this to hide the name from now on. This affects %(pages)s.")
            named.help_text = (
                f"{words % {'pages': _pages(count_staying)}} {named.help_text}".strip()
            )
        if field := self.fields.get(CHILD_APPROVED):
            words = gettext(
                "Clear this to remove it from all places at once. This affects %(pages)s."
            )
            field.help_text = words % {"pages": pages}
        if field := self.fields.get("expires_on"):
            field.required = True
            words = gettext(
                "Consent now ends on %(date)s. Choose an earlier day. From that day on, it is not "
                "shown. If you choose today or a past day, it is taken down at once. This affects "
                "%(pages)s."
            )
            field.help_text = words % {"date": date_format(record.expires_on), "pages": pages}

    def clean_expires_on(self) -> Any:
        day, given_on = self.cleaned_data["expires_on"], self.instance.given_on
        if "expires_on" in self.changed_data and day > self.present_end:
            raise ValidationError(
                gettext("This is later than before. Only a story steward can renew consent.")
            )
        # A record cannot end before the day on which consent was given.
        return max(day, given_on) if given_on else day


class RenewForm(RecordForm):
    """Changes all fields. Administrators can also approve showing a child."""

    child_approved = forms.BooleanField(
        label=_("Showing this child is approved"),
        required=False,
        help_text=_("Only if a child is shown. Only administrators see this."),
    )

    class Meta(RecordForm.Meta):
        fields = (
            *("shown", "basis", "form_reference"),
            *(f"for_{scope}" for scope in Scope.values),
            *("may_be_named", "given_on", "expires_on", "steward"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not (self.for_user and may_approve_child(self.for_user)):
            del self.fields[CHILD_APPROVED]
        words = gettext(
            "It is not shown from this day on. Two years from today is %(date)s; use it unless the "
            "person said otherwise."
        )
        in_two_years = date_format(localdate() + USUAL_PERIOD)
        self.fields["expires_on"].help_text = words % {"date": in_two_years}
        steward = cast("forms.ModelChoiceField", self.fields["steward"])
        may_change = User.objects.with_perm(
            "consent.change_consentrecord", backend="django.contrib.auth.backends.ModelBackend"
        )
        steward.queryset = User.objects.filter(
            Q(pk__in=may_change.values("pk")) | Q(pk=self.instance.steward_id)
        )
        steward.label_from_instance = user_name  # type: ignore[assignment, method-assign]

    def clean_form_reference(self) -> str:
        """Accept f-12 and F 12 for F-12."""
        return "-".join(self.cleaned_data["form_reference"].upper().split())

    def clean(self) -> dict[str, Any]:
        """Require both dates if consent is needed and its basis is known."""
        cleaned = super().clean() or {}
        record = ConsentRecord(**{name: cleaned.get(name) for name in self.model_fields()})
        if cleaned.get("basis"):
            for name, sentence in record.display_errors(is_story=self.is_story):
                is_date = name in ("given_on", "expires_on")
                if is_date and not getattr(record, name) and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned


def _pages(count: int) -> str:
    return ngettext("%(count)d page", "%(count)d pages", count) % {"count": count}
