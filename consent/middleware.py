from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from consent.gone_urls import is_gone


class GoneMiddleware:
    """Return 410 instead of 404 for withdrawn URLs, so that search engines drop them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and is_gone(request.path):
            return render(request, "410.html", status=410)
        return response
