"""CSRF protection for public forms without cookies: checks the origin instead of a token."""

from collections.abc import Callable
from http import HTTPMethod

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.template.loader import render_to_string
from django.utils.translation import get_language

from actions.rate_limit import is_flood
from actions.signatures import is_any_action_exempt_from_rate_limit
from mission.routing import find_page
from site_settings.models import SiteSettings

# The origin check covers Wagtail's page view, views marked `public_form` and PASSWORD_VIEWS. All
# other views need Django's token.
PAGE_VIEW = "wagtail_serve"
# Forms for the password of a page or a collection. PasswordRateLimitMiddleware limits their rate.
PASSWORD_VIEWS = {
    "wagtailcore_authenticate_with_password",
    "wagtaildocs_authenticate_with_password",
}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class OriginCheckMiddleware(CsrfViewMiddleware):
    """Accepts public forms only from this site's own pages.

    A page of another site could otherwise submit a form from its visitor's browser. Browsers send
    the origin with each POST, and scripts cannot change it.
    """

    def process_view(  # type: ignore[override]  # may also respond with 429
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        is_public = name in {PAGE_VIEW, *PASSWORD_VIEWS} or hasattr(callback, "public_form")
        if request.method in SAFE_METHODS or not is_public:
            return super().process_view(request, callback, args, kwargs)
        if not is_same_origin(request):
            if name == PAGE_VIEW and _is_page_without_form(request, args[0]):
                return None  # Wagtail answers with 405
            return self._reject(request, "not from our pages")  # type: ignore[attr-defined]
        if name in PASSWORD_VIEWS:
            return None
        if is_flood(request) and not is_any_action_exempt_from_rate_limit():
            return too_many_requests()
        return None


def _is_page_without_form(request: HttpRequest, path: str) -> bool:
    """Whether to answer 405, which is true, instead of “not from our pages”.

    Finding the page takes the same queries as a GET request, which any site may also send, and
    less than rendering it. So refusing earlier would protect nothing.
    """
    site = SiteSettings.site_for_request(request)
    language = get_language() or settings.LANGUAGE_CODE
    found = find_page(site, language, path) if site else None
    # The response must not reveal that a draft exists, so drafts count as missing pages.
    if found is None or not found.live:
        return False
    return HTTPMethod.POST not in found.allowed_http_methods


def too_many_requests() -> HttpResponse:
    """A 429 response. Its page says how to return to the form."""
    headers = {"Cache-Control": "no-store", "Retry-After": "60"}
    return HttpResponse(render_to_string("429.html"), status=429, headers=headers)


def is_same_origin(request: HttpRequest) -> bool:
    """Whether the browser says that the request comes from this site.

    Current browsers send Sec-Fetch-Site. Older browsers, and all browsers over plain HTTP, send
    only Origin. A request with neither header is not from a browser and is rejected.
    `Origin: null` can come from any site, so it is rejected too.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
