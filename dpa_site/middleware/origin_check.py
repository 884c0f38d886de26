"""Forms without a cookie: where a post comes from takes the place of a token."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.template.loader import render_to_string

from actions.rate_limit import is_flood
from actions.signatures import has_rate_limit_exemption

# Pages, and what is marked with `public_form`. All else needs the token, as Django asks for it.
PAGES = "wagtail_serve"
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


class OriginCheckMiddleware(CsrfViewMiddleware):
    """A public form is taken from our own pages alone.

    Nobody is logged in there, so another site could gain nothing but posts in a reader's name. The
    browser says where a post comes from, and no page can make it say otherwise.
    """

    def process_view(  # type: ignore[override]  # it may answer with 429, too
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        match = request.resolver_match
        is_public = (match and match.view_name == PAGES) or hasattr(callback, "public_form")
        if request.method in SAFE or not is_public:
            return super().process_view(request, callback, args, kwargs)
        if not is_same_origin(request):
            return self._reject(request, "not from our pages")  # type: ignore[attr-defined]
        if is_flood(request) and not has_rate_limit_exemption():
            return too_many()
        return None


def too_many() -> HttpResponse:
    """Without a look at the form, which the browser still has."""
    headers = {"Cache-Control": "no-store", "Retry-After": "60"}
    return HttpResponse(render_to_string("429.html"), status=429, headers=headers)


def is_same_origin(request: HttpRequest) -> bool:
    """Browsers of today send the first header, those of plain http and older ones the second.

    Whoever sends neither is no browser. An Origin of `null` is a page of anybody's.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
