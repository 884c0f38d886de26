from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Locale

from actions.forms import SeeOther, public_form
from stories import submissions
from stories.contacts import Contact
from stories.models import StoryIndexPage
from stories.submission_form import SubmissionForm


class ContactView(WagtailAdminTemplateMixin, TemplateView):
    """Show a steward the contact details of a submitted story, and delete them."""

    template_name = "stories/contact.html"
    page_title = _("Contact details")
    header_icon = "mail"
    breadcrumbs_items = ()

    @cached_property
    def contact(self) -> Contact:
        return get_object_or_404(Contact.objects.select_related("page"), page=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not self.contact.page.specific.permissions_for_user(request.user).can_publish_approved():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return self.contact.page.get_admin_display_title()

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        self.contact.delete()
        messages.success(request, gettext("The contact details have been deleted."))
        return redirect("wagtailadmin_pages:edit", self.kwargs["pk"])

    def get_context_data(self, **kwargs: object) -> dict:
        page = self.contact.page
        return super().get_context_data(**kwargs) | {
            "contact": self.contact,
            "edit_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
            "erase_url": reverse("consent_withdraw", args=[page._meta.label_lower, page.pk]),
        }


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def send_story(request: HttpRequest) -> HttpResponse:
    """Form for submitting a story. 404 unless a story list in this language takes submissions."""
    index = _find_open_list()
    if index is None:
        raise Http404
    form = SubmissionForm(request, "story")
    if form.is_valid():
        submissions.save(index, form)
        return SeeOther(reverse("story_received"))
    context = {"form": form, "page": index}
    response = render(request, "stories/send_story.html", context, status=form.status)
    if form.is_bound:
        response["Cache-Control"] = "no-store"
    return response


def _find_open_list() -> StoryIndexPage | None:
    lists = StoryIndexPage.objects.live().filter(locale=Locale.get_active())
    return next((page for page in lists if page.invites_stories), None)


# dpa_site/middleware/body_limit.py allows larger requests if this returns True.
send_story.takes_uploads = lambda: _find_open_list() is not None  # type: ignore[attr-defined]


@require_safe
def story_received(request: HttpRequest) -> HttpResponse:
    """Thank-you page after a submission. Its URL does not reveal what was sent."""
    return render(request, "stories/received.html")
