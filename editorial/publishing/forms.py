from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Q
from django.forms import CharField, HiddenInput, ModelMultipleChoiceField
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Page, PagePermissionTester

from consent.mixins import HasConsent
from consent.models import validate_day
from editorial import newer_versions, other_accounts
from editorial.publishing.drafts import DraftForm
from editorial.publishing.permissions import Permissions, permissions_for_new_page
from site_settings.time_zone import describe_time_zone

# Names of the buttons that submit a page for approval.
SUBMITTING = ("action-submit", "action-restart-workflow")


class PublishingForm(DraftForm):
    """Page form that shows publishing errors next to their fields and keeps the input.

    `editorial.publishing.rules` enforces the same rules for every other way to publish.
    """

    newer_version = CharField(required=False, widget=HiddenInput)
    opened_by = other_accounts.OpenedByField(required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.for_user:
            self.fields[other_accounts.OPENED_BY].initial = str(self.for_user.pk)
        for name in {"go_live_at", "expire_at"} & self.fields.keys():
            self.fields[name].help_text = describe_time_zone()
            self.fields[name].validators.append(validate_day)
            # Wagtail empties these fields when the dialog is closed without “Save schedule”. Then
            # “Publish” would publish at once.
            self.fields[name].widget.attrs.pop("data-action", None)

        for name, field in self.fields.items():
            if not isinstance(field, ModelMultipleChoiceField) or field.queryset is None:
                continue
            if issubclass(field.queryset.model, Page):
                # Pages in other languages have the same or similar titles.
                offered = Q(locale=self.instance.locale_id)
                chosen = Q(pk__in=[page.pk for page in getattr(self.instance, name).all()])
                field.queryset = field.queryset.filter(offered | chosen)

    def clean(self) -> dict:
        cleaned = super().clean()
        before, goes_live = self.initial.get("go_live_at"), cleaned.get("go_live_at")
        if goes_live and goes_live <= timezone.now() and not _is_same_minute(goes_live, before):
            words = gettext("This time has passed. Leave it empty to publish the page at once.")
            self.add_error("go_live_at", words)
        if goes_live and goes_live == cleaned.get("expire_at"):
            words = gettext("The page expires when it goes live. Choose a later time.")
            self.add_error("expire_at", words)
        return cleaned

    def save(self, commit: bool = True) -> Page:
        if isinstance(self.instance, HasConsent):
            # Lock the consent record before any row of the page, as a withdrawal does, so that the
            # two cannot deadlock (HasConsent.lock_record). Wagtail saves the editor's subscription
            # to comments before the page.
            self.instance.lock_record()
        return super().save(commit)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # private, so unknown to django-stubs
        if refusal := self.instance.refusal or self._reason_to_refuse_account():
            self.add_error(None, refusal)
        elif latest := self.instance.newer_version:
            data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            data[newer_versions.NEWER_VERSION] = newer_versions.version_of(latest)
            self.data = data
            self.add_error(None, newer_versions.describe(latest, self.for_user))
        elif reason := self._reason_to_refuse_button():
            self.add_error(None, reason)
        elif errors := self._errors_of_button():
            reasons: dict[str | None, list[str]] = {}
            for name, sentence in errors():
                reasons.setdefault(name if name in self.fields else None, []).append(sentence)
            for field, sentences in reasons.items():
                # Join the messages, because a StreamField shows only the first error.
                self.add_error(field, " ".join(dict.fromkeys(sentences)))

    def _reason_to_refuse_account(self) -> str:
        """Why this account may not save the form; empty if it may."""
        opened_by = self.data.get(other_accounts.OPENED_BY, "")
        return other_accounts.reason_to_refuse(opened_by, self.for_user) if self.for_user else ""

    def _reason_to_refuse_button(self) -> str:
        """Why the user may not press the pressed button; empty if they may."""
        permissions = self._permissions()
        if not isinstance(permissions, Permissions):
            return ""
        if "action-publish" in self.data:
            return permissions.reason_not_to_publish()
        if self._is_approval() and self._is_at_last_step():
            return permissions.reason_not_to_publish_approved()
        return ""

    def _permissions(self) -> PagePermissionTester | None:
        if self.for_user is None:
            return None
        if self.instance.pk:
            return self.instance.permissions_for_user(self.for_user)
        return permissions_for_new_page(self.for_user, self.parent_page, type(self.instance))

    def _is_approval(self) -> bool:
        is_workflow_action = "action-workflow-action" in self.data
        return is_workflow_action and self.data.get("workflow-action-name") == "approve"

    def _errors_of_button(self) -> Callable[[], Iterator[tuple[str, str]]] | None:
        """The method that checks the page for the pressed button; None if it needs no check."""
        is_approval = self._is_approval()
        if "action-publish" in self.data or (is_approval and self._is_at_last_step()):
            return self.instance.publishing_errors
        if is_approval or any(name in self.data for name in SUBMITTING):
            return self.instance.submission_errors
        return None

    def _is_at_last_step(self) -> bool:
        """Whether approving the current workflow step publishes the page."""
        state = self.instance.current_workflow_state
        return not state or state.current_task_state.task_id == state.workflow.tasks.last().pk


def _is_same_minute(one: datetime, other: datetime | None) -> bool:
    """Whether the times are the same in a form, which shows no seconds."""
    return other is not None and one == other.replace(second=0, microsecond=0)
