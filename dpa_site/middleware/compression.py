"""Compresses responses that the page cache does not store."""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from dpa_site.caching.headers import PAGE_CACHE, UNTIL
from dpa_site.caching.page_cache import ACCEPTS, personal_cookies

TEXT = re.compile(r"text/|image/svg\+xml|application/(\w+\+)?(json|xml)\b")


class CompressionMiddleware(GZipMiddleware):
    """Compresses text for readers without a session, such as search results, feeds and errors.

    The page cache compresses pages itself, with Brotli too, once for all readers.

    Responses that may hold a secret are not compressed. Else a stranger could guess the secret, if
    the same response contains what the stranger typed: its size is smaller after a right guess
    (BREACH). Only responses to requests with a session, and those that set a cookie, have secrets
    that another site could make a browser request. The tokens in links of emails are secrets too,
    but another site would have to know the token to request the page.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_for_page_cache = PAGE_CACHE in request.META and UNTIL in request.META
        is_personal = (
            bool(response.cookies)
            or "Authorization" in request.headers
            or any(name in request.COOKIES for name in personal_cookies())
        )
        is_text = TEXT.match(response.get("Content-Type", ""))
        if is_for_page_cache or is_personal or not is_text:
            return response
        if not ACCEPTS["gzip"].search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            request.META["HTTP_ACCEPT_ENCODING"] = ""  # Django would ignore “q=0”
        return super().process_response(request, response)
