"""Headers that keep readers unwatched and pages cacheable."""

from csp.constants import SELF
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware

from dpa_site.assets import stylesheets

PUBLIC = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
PREVIEW = PUBLIC | {"frame-ancestors": [SELF]}
# Wagtail's admin has inline scripts in its date pickers and choosers, and draws uploads from blobs.
ADMIN = PREVIEW | {
    "script-src": [SELF, "'unsafe-inline'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],
}
# The log-in pages show a square code to scan.
ACCOUNT = PUBLIC | {"img-src": [SELF, "data:"]}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Strict for readers, looser for the CMS; a preview may stand in a frame of ours."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            policy = ADMIN
        elif request.path.startswith("/account/"):
            policy = ACCOUNT
        else:
            policy = PREVIEW if getattr(request, "is_preview", False) else PUBLIC
            policy = policy | {"style-src": [SELF, *stylesheets.sources()]}
        response._csp_config = policy  # type: ignore[attr-defined]  # where django-csp looks
        return super().process_response(request, response)


class UrlLocaleMiddleware(LocaleMiddleware):
    """The address alone decides, so a cache need not keep a copy per browser language."""

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
