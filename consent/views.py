from functools import cached_property

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.permissions import page_permission_policy

from consent import plans, registry, text_search, withdrawal
from consent.forms import TextSearchForm, WithdrawalForm
from consent.mixins import HasConsent, WithdrawnMeanwhile
from consent.plan_rows import PlanRows


class Withdraw(WagtailAdminTemplateMixin, FormView):
    """Show what a withdrawal erases, have the user type the title, erase, and list what was erased.

    Erases all pages and pictures with the consent record of the page or picture in the URL.
    """

    template_name = "consent/withdraw.html"
    form_class = WithdrawalForm
    page_title = _("Withdraw permanently")
    header_icon = "bin"
    breadcrumbs_items = ()

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            if not registry.may_be_withdrawn_by(request.user, self.content_object.record):
                raise PermissionDenied
            return super().dispatch(request, *args, **kwargs)
        except (ObjectDoesNotExist, WithdrawnMeanwhile, withdrawal.AlreadyWithdrawn):
            messages.warning(
                request,
                gettext("It has already been withdrawn or deleted. There is nothing left to do."),
            )
            return redirect("wagtailadmin_home")

    @withdrawal.retry_if_locked
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        for name in ("content_object", "plan"):
            self.__dict__.pop(name, None)  # cached before the lock or in an earlier attempt
        withdrawal.lock([self.content_object.consent_id])
        return super().post(request, *args, **kwargs)

    @cached_property
    def content_object(self) -> HasConsent:
        models_by_label = {model._meta.label_lower: model for model in registry.consent_models()}
        if model := models_by_label.get(self.kwargs["label"]):
            return model._default_manager.get(pk=self.kwargs["pk"])
        raise Http404

    @cached_property
    def plan(self) -> plans.Plan:
        return plans.make_plan([self.content_object.record])

    def get_page_subtitle(self) -> str:
        return self.content_object.title  # type: ignore[attr-defined]

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {
            "title": self.get_page_subtitle(),
            "digest": self.plan.digest,
            "copies": PlanRows(self.plan, self.request.user).choices,
        }

    def form_valid(self, form: WithdrawalForm) -> HttpResponse:
        if also := form.cleaned_data["also"]:
            copies = [copy.record for copy in self.plan.copies if copy.pk in also]
            self.plan = plans.make_plan(dict.fromkeys([*self.plan.records, *copies]))
        context = self.get_context_data(form=form)
        withdrawal.withdraw(self.plan, self.request.user)
        self.template_name = "consent/withdrawn.html"
        return self.render_to_response(context | {"page_title": _("Withdrawn")})

    def get_context_data(self, **kwargs: object) -> dict:
        rows = PlanRows(self.plan, self.request.user)
        return super().get_context_data(**kwargs) | {"rows": rows, "plan": self.plan}


class TextSearch(WagtailAdminTemplateMixin, FormView):
    """Find a person's words on the pages that the user may edit.

    Superusers can also erase older revisions, log entries and resolved comments with these words.
    """

    template_name = "consent/text_search.html"
    form_class = TextSearchForm
    page_title = _("Find a person’s words on all pages")
    header_icon = "search"
    breadcrumbs_items = ()

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not page_permission_policy.user_has_any_permission(request.user, ["add", "change"]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: TextSearchForm) -> HttpResponse:
        phrases = [
            phrase for line in form.cleaned_data["phrases"].splitlines() if (phrase := line.strip())
        ]
        user = self.request.user
        finder = AdminURLFinder(user)
        found = text_search.find(phrases)
        matches = [match for match in found if finder.get_edit_url(match.content_object)]
        if delete := "delete" in self.request.POST:
            if not user.is_superuser:
                raise PermissionDenied
            text_search.delete_older_revisions(matches)
            text_search.erase_from_history(phrases)
            matches = [match for match in matches if match.is_current]
        any_older = not delete and any(match.older_revisions for match in matches)
        ignored = text_search.too_short(phrases)
        context = self.get_context_data(
            form=form,
            matches=matches,
            any_older=any_older,
            ignored=ignored,
            has_searched=len(ignored) < len(phrases),
        )
        return self.render_to_response(context)
