from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from consent import erasure, registry, text_search, withdrawal
from consent.forms import TypedTitleForm, WordsForm
from consent.models import ConsentFields

SOON = timedelta(days=180)


class ConsentReport(WagtailAdminTemplateMixin, TemplateView):
    """Report of consent that expires within SOON and consent that has expired."""

    template_name = "consent/report.html"
    page_title = _("Consent")
    header_icon = "time"
    breadcrumbs_items = ()

    def get_context_data(self, **kwargs: object) -> dict:
        today = localdate()
        soon = registry.ending(expires_on__gt=today, expires_on__lte=today + SOON)
        ended = registry.ending(expires_on__lte=today)
        for thing in (*soon, *ended):
            thing.edit_url = registry.edit_url(thing)  # type: ignore[attr-defined]  # for the template
        return super().get_context_data(**kwargs) | {"soon": soon, "ended": ended}


class Withdraw(WagtailAdminTemplateMixin, FormView):
    """Show all uses, ask for the title, erase the content and list what was erased."""

    template_name = "consent/withdraw.html"
    form_class = TypedTitleForm
    page_title = _("Withdraw permanently")
    header_icon = "bin"
    breadcrumbs_items = ()

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not self.thing.may_be_withdrawn_by(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def thing(self) -> ConsentFields:
        kinds = {kind._meta.label_lower: kind for kind in registry.consent_models()}
        if kind := kinds.get(self.kwargs["label"]):
            return get_object_or_404(kind, pk=self.kwargs["pk"])
        raise Http404

    @cached_property
    def plan(self) -> withdrawal.Plan:
        return withdrawal.plan(self.thing)

    def get_page_subtitle(self) -> str:
        return self.thing.title  # type: ignore[attr-defined]

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"title": self.get_page_subtitle()}

    def form_valid(self, form: TypedTitleForm) -> HttpResponse:
        plan = self.plan
        context = self.get_context_data(form=form)
        withdrawal.withdraw(plan)
        self.template_name = "consent/withdrawn.html"
        return self.render_to_response(context | {"page_title": _("Withdrawn")})

    def get_context_data(self, **kwargs: object) -> dict:
        return super().get_context_data(**kwargs) | {
            "plan": self.plan,
            "still_quoting": [quoting for quoting in self.plan.quoting if quoting.now],
            "backup_days": settings.BACKUP_AGE.days,
        }


class Words(WagtailAdminTemplateMixin, FormView):
    """Find a person's words on all pages, and delete older revisions that contain them."""

    template_name = "consent/words.html"
    form_class = WordsForm
    page_title = _("Find a person’s words on all pages")
    header_icon = "search"
    breadcrumbs_items = ()

    def form_valid(self, form: WordsForm) -> HttpResponse:
        words = list(filter(None, form.cleaned_data["words"].splitlines()))
        found = text_search.find(words)
        if delete := "delete" in self.request.POST:
            if not self.request.user.is_superuser:
                raise PermissionDenied
            text_search.delete_older(found)
            erasure.erase_from_logs(
                word for word in words if len(word) >= text_search.MIN_WORD_LENGTH
            )
            found = [quoting for quoting in found if quoting.now]
        any_older = not delete and any(quoting.older for quoting in found)
        context = self.get_context_data(form=form, found=found, any_older=any_older, looked=True)
        return self.render_to_response(context)
