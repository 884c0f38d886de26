"""Decides which responses shared caches may store, and for how long."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import set_response_etag
from django.utils.timezone import localdate, make_aware, now
from wagtail import hooks
from wagtail.models import Page

from dpa_site.caching import cdn
from dpa_site.observability.logs import route
from editorial.redirects.middleware import uses_query
from site_settings.models import SiteSettings

# Names of URLs (dpa_site/urls.py) whose responses shared caches may store.
SHARED_VIEWS = {
    *("wagtail_serve", "search", "quick_exit", "offline_copy"),
    *("sitemap", "robots", "security", "manifest"),
}
# Names of URLs whose responses get the cache tag that the CDN purges.
PURGED_VIEWS = {*SHARED_VIEWS, "rendition"}
# Stale-while-revalidate: how long a cache may send a stale page while it fetches a new one.
STALE_SECONDS = 10
# WSGI environ keys with which the page cache and the middleware below exchange data.
PAGE_CACHE, ROUTE, UNTIL = "dpa_site.caching.page_cache", "dpa_site.route", "dpa_site.until"


def cache_control(seconds: float) -> str:
    """Cache-Control for a response valid for `seconds`; browsers always revalidate.

    A response that expires soon is not sent while stale, unless the site is down.
    """
    fresh = max(0, min(settings.SHARED_CACHE_SECONDS, int(seconds)))
    stale = STALE_SECONDS if seconds > fresh + STALE_SECONDS else 0
    return (
        f"public, max-age=0, s-maxage={fresh}, stale-while-revalidate={stale},"
        f" stale-if-error={settings.SHARED_CACHE_SECONDS_ON_ERROR}"
    )


class CacheHeadersMiddleware:
    """Allows shared caches to store responses that are the same for every visitor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = now()
        response = self.get_response(request)
        if is_shared(request, response):
            until = fresh_until(request, start)
            response["Cache-Control"] = cache_control((until - now()).total_seconds())
            if response["Content-Type"].startswith("text/html"):
                request.META |= {ROUTE: route(request), UNTIL: until.timestamp()}
        elif route(request) == "wagtaildocs_serve":
            # Without this header, a CDN may keep a document for any time.
            response["Cache-Control"] = "private, no-cache"
        if settings.CDN_PURGE_URL and route(request) in PURGED_VIEWS:
            for header in cdn.TAG_HEADERS:
                response[header] = cdn.TAG
        return response


def is_shared(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether shared caches may store the response."""
    return (
        response.status_code == 200
        and request.method in ("GET", "HEAD")
        and route(request) in SHARED_VIEWS
        and uses_query(getattr(request, "served_page", None), request.GET)
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not response.cookies
        and not response.has_header("Cache-Control")
        and "Cookie" not in response.get("Vary", "")
    )


def fresh_until(request: HttpRequest, start: datetime) -> datetime:
    """When the response expires: at midnight or when the alert ends, whichever is first.

    Pages depend on the date and on the alert. All other changes increment the cache version.
    """
    midnight = make_aware(datetime.combine(localdate(start) + timedelta(days=1), time.min))
    alert_until = SiteSettings.for_request(request).alert_until
    return min(midnight, alert_until) if alert_until and alert_until > start else midnight


@hooks.register("before_serve_page", order=-1)
def remember_served_page(page: Page, request: HttpRequest, args: list, kwargs: dict) -> None:
    request.served_page = page  # type: ignore[attr-defined]


class ETagMiddleware(ConditionalGetMiddleware):
    """Sets ETags and responds to conditional requests with 304.

    The page cache always gets the complete response: it stores the response, and sends 304 itself.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.META.get(PAGE_CACHE) and UNTIL in request.META:
            return set_response_etag(response)
        return super().process_response(request, response)
