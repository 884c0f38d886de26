from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from editorial.models import BasePage
from editorial.sharing.links import DraftLink, end

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from editorial.page_types import DraftSharing
    from staff.models import User


def may_share(user: AbstractUser | AnonymousUser, page: Page) -> bool:
    """Whether `user` may create, see and end links to the draft of `page`."""
    if not isinstance(page, BasePage) or page.alias_of_id:
        return False
    return page.draft_may_be_shared_by(user)


class DraftLinkForm(forms.ModelForm):
    class Meta:
        model = DraftLink
        fields = ["label"]


class DraftLinksView(WagtailAdminTemplateMixin, FormView):
    """List, create and end links that show a draft to people without an account."""

    template_name = "editorial/draft_links.html"
    form_class = DraftLinkForm
    header_icon = "link"
    breadcrumbs_items = ()

    @cached_property
    def page(self) -> BasePage:
        page = get_object_or_404(Page, pk=self.kwargs["pk"]).specific
        if not may_share(self.request.user, page):
            raise PermissionDenied
        return page

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        self.page  # noqa: B018 - raises PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> "User":
        return cast("User", self.request.user)

    def get_page_title(self) -> "StrOrPromise":
        return cast("DraftSharing", self.page.draft_sharing).title

    def get_page_subtitle(self) -> str:
        return self.page.get_admin_display_title()

    def get_success_url(self) -> str:
        return reverse("draft_links", args=[self.page.pk])

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if "end" not in request.POST:
            return super().post(request, *args, **kwargs)
        links = DraftLink.objects.filter(page=self.page)
        try:
            links = links.filter(pk=request.POST["end"])
        except ValueError:  # not a number
            links = links.none()
        if links.exists():
            end(links, self.user)
            messages.success(request, gettext("The link no longer works."))
        else:
            sentence = gettext(
                "No link was ended. That link had already ended, or it does not belong to this "
                "page."
            )
            messages.warning(request, sentence)
        return redirect(self.get_success_url())

    def form_valid(self, form: DraftLinkForm) -> HttpResponse:
        DraftLink.create(self.page, self.user, form.cleaned_data["label"])
        messages.success(self.request, gettext("The link has been created."))
        return super().form_valid(form)

    def get_context_data(self, **kwargs: object) -> dict:
        return super().get_context_data(**kwargs) | {
            "page": self.page,
            "links": DraftLink.objects.valid().filter(page=self.page).select_related("created_by"),
            "edit_url": reverse("wagtailadmin_pages:edit", args=[self.page.pk]),
        }


@require_safe
def shared_draft(request: HttpRequest, token: str) -> HttpResponse:
    """Show the newest draft to anyone with the link; 404 if the link does not work any more.

    A link for the press redirects to the page once it is public. No data about the visitor is
    recorded.
    """
    link = DraftLink.find(token)
    page = link and cast("BasePage", link.page.specific)
    sharing = page and page.draft_sharing
    response: HttpResponse
    if not (page and sharing):
        # There is no page whose language could be used, so use the language of the browser.
        with translation.override(translation.get_language_from_request(request)):
            response = render(request, "editorial/draft_link_ended.html", status=404)
    elif sharing.for_press and page.live:
        response = redirect(page.url)  # reporters do not see later drafts
    else:
        draft = page.get_latest_revision_as_object()
        request.draft_link = link  # type: ignore[attr-defined]  # see editorial.models
        request.is_press_draft = sharing.for_press  # type: ignore[attr-defined]
        with translation.override(draft.locale.language_code):
            response = draft.serve(request).render()
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
