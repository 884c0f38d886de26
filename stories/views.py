from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from stories.models import StoryPage
from stories.sharing import SharedDraft


class ShareDraft(WagtailAdminTemplateMixin, TemplateView):
    """Where a steward gets the address of a draft for the person it tells of, and takes it back."""

    template_name = "stories/share_draft.html"
    page_title = _("Share this draft with the person")
    header_icon = "link"
    breadcrumbs_items = ()

    @cached_property
    def page(self) -> StoryPage:
        return get_object_or_404(StoryPage, pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not self.page.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return self.page.get_admin_display_title()

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        SharedDraft.objects.filter(page=self.page).delete()
        if "share" in request.POST:
            SharedDraft.objects.create(page=self.page)
        return redirect("stories_share_draft", self.page.pk)

    def get_context_data(self, **kwargs: object) -> dict:
        shared = SharedDraft.objects.filter(page=self.page).first()
        address = shared and settings.SITE_URL + reverse("shared_draft", args=[shared.token])
        return super().get_context_data(**kwargs) | {
            "shared": shared if shared and SharedDraft.find(shared.token) else None,
            "address": address,
            "days": SharedDraft.GOOD_FOR.days,
            "edit_url": reverse("wagtailadmin_pages:edit", args=[self.page.pk]),
        }


@require_safe
def shared_draft(request: HttpRequest, token: str) -> HttpResponse:
    """The newest draft, for whoever was given the address. It leaves no trace of them."""
    shared = SharedDraft.find(token)
    if shared:
        draft = shared.page.get_latest_revision_as_object()
        request.shows_draft = shared
        with translation.override(draft.locale.language_code):
            response = draft.serve(request)
            response.render()
    else:
        response = render(request, "stories/draft_is_gone.html", status=404)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
