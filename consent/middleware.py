from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from consent.gone_urls import is_gone


class GoneMiddleware:
    """Return 410 instead of 404 for withdrawn URLs, so that search engines drop them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        if request.path.startswith(reverse("wagtailadmin_home")):
            return response if request.accepts("text/html") else _autosave_error()
        return render(request, "410.html", status=410) if is_gone(request.path) else response


def _autosave_error() -> JsonResponse:
    """The reply to an autosave, which the form shows beside its buttons."""
    sentence = gettext("This was deleted or withdrawn in the meantime. It cannot be saved.")
    error = {"success": False, "error_code": "not_found", "error_message": sentence}
    return JsonResponse(error, status=404)
