"""Middleware for the Content-Security-Policy and Vary headers."""

from csp.constants import SELF
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware

from dpa_site.assets import stylesheets

PUBLIC = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
# In a draft, pictures that are not public yet are data: URLs.
DRAFT = PUBLIC | {"img-src": [SELF, "data:"]}
PREVIEW = DRAFT | {"frame-ancestors": [SELF]}
# Wagtail's admin uses inline scripts in date pickers and choosers, and blob: URLs for uploads.
ADMIN = PREVIEW | {
    "script-src": [SELF, "'unsafe-inline'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],
}
# Two-factor setup shows a QR code as a data: URL.
ACCOUNT = PUBLIC | {"img-src": [SELF, "data:"]}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Sets a strict policy on public pages and a looser one in the CMS. Previews may be framed."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            policy = ADMIN
        elif request.path.startswith("/account/"):
            policy = ACCOUNT
        else:
            policy = DRAFT if getattr(request, "draft_link", False) else PUBLIC
            policy = PREVIEW if getattr(request, "is_preview", False) else policy
            policy = policy | {"style-src": [SELF, *stylesheets.sources()]}
        response._csp_config = policy  # type: ignore[attr-defined]  # where django-csp looks
        return super().process_response(request, response)


class UrlLocaleMiddleware(LocaleMiddleware):
    """Sets the language from the URL, and adds no `Vary: Accept-Language` outside the CMS.

    With this header, caches would store a copy of each page per language setting of a browser.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        varies = response.get("Vary")
        response = super().process_response(request, response)
        if not request.path.startswith("/admin/"):
            del response["Vary"]
            if varies:
                response["Vary"] = varies
        return response
