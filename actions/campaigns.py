"""What campaigners see of those who take part: numbers, an export, and ways to delete."""

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
from actions.counts import SHOWN_FROM, Count, DayCount
from actions.models import ActionPage
from actions.signatures import RateLimitExemption, Signature
from actions.webhooks import Delivery

# Other systems read these by name: new ones go to the end.
COLUMNS = ("email", "name", "zip_code", "language", "action", "kind", "confirmed_on")
DAYS_SHOWN = 30
GATE = timedelta(hours=1)
RUNS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class ForCampaigners(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = "actions.use_signatures"
    header_icon = "group"
    breadcrumbs_items = ()


class DeleteForm(forms.Form):
    email = forms.EmailField(
        label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )


class TakingPart(ForCampaigners):
    """Every action one can join or sign, a way to delete somebody, what was not handed over."""

    template_name = "actions/campaigns/all.html"
    page_title = _("Participants")

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        form = DeleteForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        found = signatures.of_person(form.cleaned_data["email"])
        for page in ActionPage.objects.filter(translation_key__in=found.values("action")):
            log(instance=page, action="actions.delete", user=request.user)
        number = signatures.delete(found)
        words = ngettext("%(n)d entry was deleted.", "%(n)d entries were deleted.", number)
        messages.success(request, words % {"n": number})
        return redirect("taking_part")

    def get_context_data(self, **kwargs: object) -> dict:
        pages = ActionPage.objects.exclude(kind=ActionType.LETTER).select_related("locale")
        pages = pages.order_by("first_published_at", "pk")
        # Of a page and its translations, that in the main language stands for all.
        ordered = sorted(pages, key=lambda page: page.locale.is_default)
        actions = {page.translation_key: page for page in ordered}
        for key, page in actions.items():
            page.count = Count.of(key)
        context = {"actions": reversed(actions.values()), "form": DeleteForm(), "few": SHOWN_FROM}
        context["undelivered"] = Delivery.objects.exclude(answer="")
        return super().get_context_data(**context | kwargs)


class TryAgain(ForCampaigners):
    """Begins anew with what was given up."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        given_up = list(Delivery.objects.exclude(failed_at=None))
        for delivery in given_up:
            delivery.failed_at = None
            delivery.save()
            webhooks.queue(delivery)
        messages.success(request, gettext("The deliveries are being sent again."))
        return redirect("taking_part")


class Campaign(ForCampaigners):
    """One action: its numbers, its export, and the gate."""

    template_name = "actions/campaigns/one.html"
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
            "few": SHOWN_FROM,
            "bars": bars(key) if count.is_shown else [],
            "here": Signature.objects.filter(action=key).exclude(confirmed_at=None).count(),
            "kept_days": signatures.RETENTION_DAYS,
            "gate": RateLimitExemption.objects.filter(action=key, until__gt=timezone.now()).first(),
        }


class Gate(Campaign):
    """Lets many people sign from one place, for an hour."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        until = timezone.now() + GATE
        RateLimitExemption.objects.update_or_create(
            action=self.action.translation_key, defaults={"until": until}
        )
        log(instance=self.action, action="actions.open_gate", user=request.user)
        messages.success(request, gettext("The rate limit is paused for an hour."))
        return redirect("campaign", self.action.pk)


class Export(Campaign):
    """A file of all who confirmed; who took it and how many stand in the page's history."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        key = self.action.translation_key
        confirmed = Signature.objects.filter(action=key).exclude(confirmed_at=None)
        rows = list(confirmed.order_by("confirmed_at"))
        log(
            instance=self.action,
            action="actions.export",
            user=request.user,
            data={"number": len(rows)},
        )
        response = HttpResponse(table(self.action, rows), content_type="text/csv; charset=utf-8")
        name = f"{self.action.slug}-{localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def table(action: ActionPage, rows: list[Signature]) -> str:
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        day = localdate(row.confirmed_at).isoformat()
        values = (row.email, row.name, row.zip_code, row.language, action.title, action.kind, day)
        writer.writerow([inert(value) for value in values])
    return file.getvalue()


def inert(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.lstrip(" ").startswith(RUNS) else value


def bars(action: UUID) -> list[dict]:
    """The last days, with how high each stands among them."""
    today = localdate()
    days: list[date] = [today - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    counts = DayCount.objects.filter(action=action, day__gte=days[0])
    found = dict(counts.values_list("day", "number"))
    most = max(found.values(), default=0) or 1
    return [
        {"day": day, "number": found.get(day, 0), "height": found.get(day, 0) * 100 // most}
        for day in days
    ]
