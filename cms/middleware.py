from collections.abc import Callable

from django.apps import apps
from django.contrib import messages
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.defaults import page_not_found
from wagtail.log_actions import LogContext
from wagtail.models import Page
from wagtail.permissions import page_permission_policy


class UneditablePageMiddleware:
    """Redirect users who may see a page but not edit it to the list of the pages below it.

    Wagtail's menu of pages offers the form of every page. If the user may not open the form,
    Wagtail redirects to the dashboard.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if not match or match.view_name != "wagtailadmin_pages:edit" or request.method != "GET":
            return response
        if response.status_code != 302 or response["Location"] != reverse("wagtailadmin_home"):
            return response
        explorable = page_permission_policy.explorable_instances(request.user)
        page = explorable.filter(pk=match.kwargs["page_id"]).first()
        if page is None or page.specific.permissions_for_user(request.user).can_edit():
            return response
        # The last message is Wagtail's, which this one replaces.
        for message in list(get_messages(request))[:-1]:
            messages.add_message(request, message.level, message.message, message.extra_tags)
        sentence = gettext("You may not edit “%(title)s”, but you can see the pages below it.")
        messages.error(request, sentence % {"title": page.get_admin_display_title()})
        return redirect("wagtailadmin_explore", page.pk)


class RefusalMiddleware:
    """Answer 403 if Wagtail refuses a request of a script.

    Wagtail redirects to the dashboard. The script would follow and take that for a success.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_refusal = (
            response.status_code == 302
            and request.path.startswith("/admin/")
            and request.headers.get("Sec-Fetch-Dest") == "empty"
            and request.user.is_authenticated
            and response["Location"] == reverse("wagtailadmin_home")
        )
        if not is_refusal:
            return response
        # Taken here, so that they are not shown on the next page.
        sentences = [str(message) for message in get_messages(request)]
        return HttpResponseForbidden(" ".join(sentences), content_type="text/plain; charset=utf-8")


class BareRefusalMiddleware:
    """Answer in words if a view refuses a request with an empty page.

    A form is shown again, because its page says why. That of a collection lists what is in it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_bare = (
            response.status_code == 403
            and not response.streaming
            and not response.content
            and request.path.startswith("/admin/")
            and request.headers.get("Sec-Fetch-Dest") != "empty"  # not a request of a script
            and request.user.is_authenticated
        )
        if not is_bare:
            return response
        messages.error(request, gettext("This was refused, and nothing was changed."))
        is_form = request.method == "POST"
        return redirect(request.get_full_path() if is_form else reverse("wagtailadmin_home"))


class CurrentUserMiddleware:
    """Keeps the user for `cms.choosers`, also while templates are rendered after the views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/") or not request.user.is_authenticated:
            return self.get_response(request)
        with LogContext(user=request.user):
            return self.get_response(request)


class BulkActionMiddleware:
    """Answer 404 to bulk actions with an unknown model, an invalid `id` or a deleted parent page.

    Wagtail answers 500.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        if not request.resolver_match or request.resolver_match.view_name != "wagtail_bulk_action":
            return None
        try:
            pk = apps.get_model(kwargs["app_label"], kwargs["model_name"])._meta.pk
            for value in request.GET.getlist("id"):
                if value != "all":
                    pk.to_python(value)
            if parent_pk := request.GET.get("childOf"):
                Page.objects.get(pk=parent_pk)
        except (LookupError, ValueError, ValidationError, Page.DoesNotExist):
            if not request.user.has_perm("wagtailadmin.access_admin"):
                raise Http404 from None
            return page_not_found(request, Http404(), template_name="wagtailadmin/404.html")
        return None
