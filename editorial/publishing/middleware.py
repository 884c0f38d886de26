from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.models import Page

from editorial.publishing.refusals import show_refusal
from editorial.publishing.rules import PublishingRefused


class PublishingRefusedMiddleware:
    """Redirects to the form of a page that was not published, with the reason as a message.

    Forms show publishing errors beside their fields. This middleware handles what changed after
    a form was validated, for example consent that somebody else narrowed. By then the user's input
    has been saved as a draft.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PublishingRefused):
            return None
        show_refusal(request, str(exception), exception.page)
        url = reverse("wagtailadmin_home")
        # A new copy of a page is rolled back if it cannot be published, so it has no edit view.
        if Page.objects.filter(pk=exception.page.pk).exists():
            url = reverse("wagtailadmin_pages:edit", args=[exception.page.pk])
        # Wagtail's workflow modal sends this header and expects JSON.
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            return JsonResponse({"step": "success", "redirect": url})
        return redirect(url)
