"""Campaigner views in the CMS: participant counts, CSV export and deletion of personal data."""

import csv
from datetime import date, timedelta
from io import StringIO
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from actions import signatures, webhooks
from actions.choices import ActionType
from actions.counts import MIN_SHOWN, Count, DayCount
from actions.forms import EmailField
from actions.models import ActionPage
from actions.rekeying import EncryptionState
from actions.signatures import RateLimitExemption, Signature
from actions.webhooks import Delivery
from editorial.spreadsheets import escape_formulas

# Other systems rely on these names and positions (docs/webhooks.md). Add new columns at the end.
COLUMNS = ("email", "name", "zip_code", "language", "action", "kind", "confirmed_on")
DAYS_SHOWN = 30
EXEMPTION_DURATION = timedelta(hours=1)


class CampaignerView(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = "actions.use_signatures"
    header_icon = "group"
    breadcrumbs_items = ()


class DeleteForm(forms.Form):
    email = EmailField(autocomplete="off")


class ParticipantsView(CampaignerView):
    """List undelivered webhooks, and all actions except letters. Delete a person's data on POST."""

    template_name = "actions/campaigns/participants.html"
    page_title = _("Participants")

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        form = DeleteForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        found = signatures.for_email(form.cleaned_data["email"])
        for page in ActionPage.objects.filter(translation_key__in=found.values("action")):
            log(instance=page, action="actions.delete", user=request.user)
        count = signatures.delete(form.cleaned_data["email"])
        if not count:
            form.add_error("email", gettext("No entry has this email address. Check its spelling."))
            return self.render_to_response(self.get_context_data(form=form))
        words = ngettext("%(n)d entry was deleted.", "%(n)d entries were deleted.", count)
        messages.success(request, words % {"n": count})
        return redirect("participants")

    def get_context_data(self, **kwargs: object) -> dict:
        pages = ActionPage.objects.exclude(kind=ActionType.LETTER).select_related("locale")
        pages = pages.order_by("first_published_at", "pk")
        # One row per action: the page in the default language represents its translations.
        ordered = sorted(pages, key=lambda page: page.locale.is_default)
        actions = {page.translation_key: page for page in ordered}
        for key, page in actions.items():
            page.count = Count.of(key)
        context = {"actions": reversed(actions.values()), "form": DeleteForm(), "few": MIN_SHOWN}
        context["unreadable"] = EncryptionState.count_unreadable()
        context["undelivered"] = Delivery.objects.exclude(last_error="")
        return super().get_context_data(**context | kwargs)


class RetryDeliveriesView(CampaignerView):
    """Queue failed webhook deliveries again."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        for delivery in list(Delivery.objects.exclude(failed_at=None)):
            if Delivery.objects.filter(pk=delivery.pk).update(failed_at=None):
                webhooks.queue(delivery)
        messages.success(request, gettext("The deliveries are being sent again."))
        return redirect("participants")


class ActionView(CampaignerView):
    """Show one action: its counts, the export and the rate limit exemption."""

    template_name = "actions/campaigns/campaign.html"
    page_title = _("Participants")

    @cached_property
    def action(self) -> ActionPage:
        return get_object_or_404(ActionPage, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return self.action.title

    def get_context_data(self, **kwargs: object) -> dict:
        key = self.action.translation_key
        count = Count.of(key)
        return super().get_context_data(**kwargs) | {
            "action": self.action,
            "count": count,
            "few": MIN_SHOWN,
            "bars": bars(key) if count.is_shown else [],
            "stored_count": Signature.objects.filter(action=key).exclude(confirmed_at=None).count(),
            "exemption": RateLimitExemption.objects.filter(
                action=key, until__gt=timezone.now()
            ).first(),
        }


class RateLimitExemptionView(ActionView):
    """Pause the rate limit of an action for an hour: at an event, many people share a network."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        until = timezone.now() + EXEMPTION_DURATION
        RateLimitExemption.objects.update_or_create(
            action=self.action.translation_key, defaults={"until": until}
        )
        log(instance=self.action, action="actions.exempt_from_rate_limit", user=request.user)
        messages.success(request, gettext("The rate limit is paused for an hour."))
        return redirect("campaign", self.action.pk)


class ExportView(ActionView):
    """Export all confirmed participants as CSV.

    The page history records who exported and how many rows.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        key = self.action.translation_key
        confirmed = Signature.objects.filter(action=key).exclude(confirmed_at=None)
        found = list(confirmed.order_by("confirmed_at"))
        rows = [row for row in found if row.is_readable]
        data = {"number": len(rows)}
        if unreadable := len(found) - len(rows):
            data["unreadable"] = unreadable
            words = ngettext(
                "%(n)d person is missing in the file, because their data cannot be read.",
                "%(n)d people are missing in the file, because their data cannot be read.",
                unreadable,
            )
            messages.warning(request, words % {"n": unreadable})
        log(instance=self.action, action="actions.export", user=request.user, data=data)
        response = HttpResponse(
            render_csv(self.action, rows), content_type="text/csv; charset=utf-8"
        )
        name = f"{self.action.slug}-{localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def render_csv(action: ActionPage, rows: list[Signature]) -> str:
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        day = localdate(row.confirmed_at).isoformat()
        values = (row.email, row.name, row.zip_code, row.language, action.title, action.kind, day)
        writer.writerow([escape_formulas(value) for value in values])
    return file.getvalue()


def bars(action: UUID) -> list[dict]:
    """Chart data for the last DAYS_SHOWN days; `height` is a percentage of the highest count."""
    today = localdate()
    days: list[date] = [today - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    counts = DayCount.objects.filter(action=action, day__gte=days[0])
    found = dict(counts.values_list("day", "number"))
    highest = max(found.values(), default=0) or 1
    return [
        {"day": day, "number": found.get(day, 0), "height": found.get(day, 0) * 100 // highest}
        for day in days
    ]
