from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from consent import erasure, registry, text_search, withdrawal
from consent.forms import TextSearchForm, TypedTitleForm
from consent.mixins import HasConsent


class Withdraw(WagtailAdminTemplateMixin, FormView):
    """Show all uses, ask for the title, erase the content and list what was erased."""

    template_name = "consent/withdraw.html"
    form_class = TypedTitleForm
    page_title = _("Withdraw permanently")
    header_icon = "bin"
    breadcrumbs_items = ()

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not self.content_object.may_be_withdrawn_by(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def content_object(self) -> HasConsent:
        models_by_label = {model._meta.label_lower: model for model in registry.consent_models()}
        if model := models_by_label.get(self.kwargs["label"]):
            return get_object_or_404(model, pk=self.kwargs["pk"])
        raise Http404

    @cached_property
    def plan(self) -> withdrawal.Plan:
        return withdrawal.make_plan(self.content_object)

    def get_page_subtitle(self) -> str:
        return self.content_object.title  # type: ignore[attr-defined]

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
            "current_matches": [match for match in self.plan.matches if match.is_current],
        }


class TextSearch(WagtailAdminTemplateMixin, FormView):
    """Find a person's words on all pages, and delete older revisions that contain them."""

    template_name = "consent/text_search.html"
    form_class = TextSearchForm
    page_title = _("Find a person’s words on all pages")
    header_icon = "search"
    breadcrumbs_items = ()

    def form_valid(self, form: TextSearchForm) -> HttpResponse:
        phrases = list(filter(None, form.cleaned_data["phrases"].splitlines()))
        matches = text_search.find(phrases)
        if delete := "delete" in self.request.POST:
            if not self.request.user.is_superuser:
                raise PermissionDenied
            text_search.delete_older_revisions(matches)
            erasure.erase_from_logs(
                phrase for phrase in phrases if len(phrase) >= text_search.MIN_WORD_LENGTH
            )
            matches = [match for match in matches if match.is_current]
        any_older = not delete and any(match.older_revisions for match in matches)
        context = self.get_context_data(
            form=form, matches=matches, any_older=any_older, has_searched=True
        )
        return self.render_to_response(context)
