"""Forms that narrow consent, or renew and change it."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
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
    """Base of both forms. The view saves their `values`; `save` is not used."""

    # The digest of the record that the user sees, and the latest entry of its history.
    seen = forms.CharField(widget=forms.HiddenInput)
    since = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ConsentRecord
        fields = ()

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.model_fields()}

    @property
    def approves_child(self) -> bool | None:
        return self.cleaned_data.get(CHILD_APPROVED)

    def model_fields(self) -> Iterator[str]:
        return (name for name in self._meta.fields or () if name in self.fields)


class NarrowForm(RecordForm):
    """Offers to take away what is agreed, and says beside each choice what that does."""

    child_approved = forms.BooleanField(label=_("Showing this child is approved"), required=False)

    class Meta:
        model = ConsentRecord
        fields = NARROWING_FIELDS

    def __init__(self, *args: Any, count: int, is_story: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        record = self.instance
        self.initial[CHILD_APPROVED] = bool(record.child_approved_at)
        for name in [*NARROWING_FIELDS, CHILD_APPROVED]:
            is_set = self.initial.get(name)
            if not is_set or (name == "may_be_named" and not is_story):
                del self.fields[name]
        self.ended_on = record.expires_on
        pages = ngettext("%(count)d page", "%(count)d pages", count) % {"count": count}
        for scope in Scope:
            if field := self.fields.get(f"for_{scope}"):
                words = gettext("Clear this, and it comes off %(place)s at once: %(pages)s.")
                field.help_text = words % {"place": PLACES[scope], "pages": pages}
        if field := self.fields.get("may_be_named"):
            words = gettext("Clear this, and the name is not shown from now on: %(pages)s.")
            field.help_text = words % {"pages": pages}
        if field := self.fields.get(CHILD_APPROVED):
            words = gettext("Clear this, and it comes off all places at once: %(pages)s.")
            field.help_text = words % {"pages": pages}
        if field := self.fields.get("expires_on"):
            field.required = True
            words = gettext(
                "Now %(date)s. Choose an earlier day: from that day on it is not shown. Today, or "
                "a day in the past, takes it down at once: %(pages)s."
            )
            field.help_text = words % {"date": date_format(record.expires_on), "pages": pages}

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day and day > self.ended_on:
            raise ValidationError(
                gettext("This is later than before. Only a story steward can renew consent.")
            )
        return day


class RenewForm(RecordForm):
    """All fields. For administrators, also whether showing a child is approved."""

    child_approved = forms.BooleanField(
        label=_("Showing this child is approved"),
        required=False,
        help_text=_("Only if a child is shown. Only administrators see this."),
    )

    class Meta:
        model = ConsentRecord
        fields = (
            *("shown", "basis", "form_reference"),
            *(f"for_{scope}" for scope in Scope.values),
            *("may_be_named", "given_on", "expires_on", "steward"),
        )

    def __init__(self, *args: Any, count: int, is_story: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_story = is_story
        self.initial[CHILD_APPROVED] = bool(self.instance.child_approved_at)
        if not (self.for_user and may_approve_child(self.for_user)):
            del self.fields[CHILD_APPROVED]
        words = gettext(
            "It is not shown from this day on. Two years from today is %(date)s; use it unless the "
            "person said otherwise."
        )
        two_years = date_format(localdate() + USUAL_PERIOD, "Y-m-d")
        self.fields["expires_on"].help_text = words % {"date": two_years}
        steward = cast("forms.ModelChoiceField", self.fields["steward"])
        steward.queryset = User.objects.filter(Q(is_active=True) | Q(pk=self.instance.steward_id))
        steward.label_from_instance = user_name  # type: ignore[assignment, method-assign]

    def clean(self) -> dict[str, Any]:
        """Demand both dates of what somebody has agreed to."""
        cleaned = super().clean() or {}
        record = ConsentRecord(**{name: cleaned.get(name) for name in self.model_fields()})
        if cleaned.get("basis"):
            for name, sentence in record.display_errors(is_story=self.is_story):
                is_date = name in ("given_on", "expires_on")
                if is_date and not getattr(record, name) and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned
