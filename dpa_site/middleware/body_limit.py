"""Limits the size of requests. Only uploads may be large, and only from senders who may upload.

The edge has the same limits, and asks `may_upload` before it reads a large request
(deploy/nginx.conf).
"""

from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from actions.rate_limit import would_be_flood
from actions.signatures import is_any_action_exempt_from_rate_limit
from staff.middleware import UPLOADS

UTF_8 = {"utf-8", "utf8"}
MAX_SIZE = 64 * 1024  # bytes; a public form
MAX_CMS_SIZE = 2560 * 1024  # bytes; a long page, as Django's DATA_UPLOAD_MAX_MEMORY_SIZE
MAX_UPLOAD_SIZE = settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE + 5 * 1024 * 1024  # bytes
ACCESS = "wagtailadmin.access_admin"
UPLOAD_VIEWS = UPLOADS | {"wagtailimages:edit", "wagtaildocs:edit"}


def max_size(request: HttpRequest, match: ResolverMatch | None) -> int:
    """The size in bytes that the body of a request to this view may have.

    A public view that can take uploads has a function `takes_uploads`, which returns whether it
    takes them now. The largest file that its form accepts must be well below MAX_UPLOAD_SIZE: a
    form with an error is shown again with what was typed, which is lost after a 413 response.
    """
    if match and match.view_name in UPLOAD_VIEWS and request.user.has_perm(ACCESS):
        return MAX_UPLOAD_SIZE
    if match and hasattr(match.func, "takes_uploads") and match.func.takes_uploads():
        return MAX_UPLOAD_SIZE
    return MAX_CMS_SIZE if match and match.route.startswith("admin/") else MAX_SIZE


class BodyLimitMiddleware:
    """Refuses a request that is too large or not in UTF-8, before anything reads its body.

    Browsers send our forms in UTF-8. Django would decode a form with any codec of Python that a
    request names, such as zlib, and fail.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        if request.content_params.get("charset", "utf-8").lower() not in UTF_8:  # type: ignore[union-attr]
            raise BadRequest("The charset is not UTF-8.")
        try:
            size = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError as error:
            raise BadRequest("The Content-Length is not a number, or too large.") from error
        if size > MAX_SIZE and size > max_size(request, request.resolver_match):
            return HttpResponse(render_to_string("413.html"), status=413)
        return None


@never_cache
@require_safe
def may_upload(request: HttpRequest) -> HttpResponse:
    """Tell the edge whether a request to the URL in X-Original-URI may be large.

    204 allows it, 401 and 403 do not. 403 means that this sender has sent so many forms that the
    next one would be refused. The edge stores the body of each request that it lets through, so
    only people with access to the CMS may send a large request to a URL of the CMS.
    """
    # Not urlsplit(), which takes a path after two slashes for a host name.
    path = unquote(request.headers.get("X-Original-URI", "").partition("?")[0])
    with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
        try:
            match = resolve(path)
            is_cms = match.route.startswith("admin/")
            is_allowed = max_size(request, match) > MAX_SIZE and (
                not is_cms or request.user.has_perm(ACCESS)
            )
        except Resolver404:
            return HttpResponse(status=401)
    if is_allowed and not is_cms and would_be_flood(request):
        is_allowed = is_any_action_exempt_from_rate_limit()
        return HttpResponse(status=204 if is_allowed else 403)
    return HttpResponse(status=204 if is_allowed else 401)
