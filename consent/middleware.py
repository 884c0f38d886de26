from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from consent.gone_urls import is_gone


class GoneMiddleware:
    """Return 410 instead of 404 for withdrawn URLs, so that search engines drop them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        # The CMS has its own 404 page, which says that somebody may have withdrawn the object.
        if request.path.startswith(reverse("wagtailadmin_home")):
            return response
        # Escaped, because a path such as “//[” would be read as the host of a URL.
        path = escape_leading_slashes(escape_uri_path(request.path))
        return render(request, "410.html", status=410) if is_gone(path) else response
