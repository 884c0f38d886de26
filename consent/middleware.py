from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from consent.gone_urls import is_gone


class GoneMiddleware:
    """Says of what was withdrawn that it is gone for good, so that search engines forget it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and is_gone(request.path):
            return render(request, "410.html", status=410)
        return response
