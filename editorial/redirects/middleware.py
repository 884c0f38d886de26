"""Redirects old URLs in one hop, and only to public pages."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_path, override
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.contrib.redirects.models import Redirect
from wagtail.coreutils import get_dummy_request
from wagtail.models import Page, Site

from consent.mixins import PageHasConsent
from editorial.public_pages import public_url

# Browsers cache permanent redirects forever by default; mistakes must be correctable.
MAX_AGE = 60 * 60  # seconds


class RedirectMiddleware:
    """Replaces 404 responses with redirects that match path and query, or else the path alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        requested = requested_path(request)
        return _follow(request, requested) or _follow(request, urlsplit(requested).path) or response


def before_serve_page(
    page: Page, request: HttpRequest, args: list, kwargs: dict
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    """Redirects old URLs with a query, such as /?p=937, before the page at their path is served."""
    if uses_query(page, request.GET):
        return None
    return _follow(request, requested_path(request))


def uses_query(page: Page | None, names: Iterable[str]) -> bool:
    """Whether the page uses all these query parameters. Otherwise the URL may be an old one."""
    return getattr(page, "query_names", frozenset()).issuperset(names)


def requested_path(request: HttpRequest) -> str:
    return Redirect.normalise_path(request.get_full_path(), decode_unicode=False)


def redirect_path(page: Page) -> str:
    """Path of a page, live or not, as redirects store it; empty if the page has no URL."""
    parts = page.get_url_parts()
    return Redirect.normalise_path(parts[2]) if parts and parts[2] else ""


def _follow(
    request: HttpRequest, requested: str
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    path, permanent, seen = requested, True, set()
    while path and (redirect := get_redirect(request, path)) and redirect.pk not in seen:
        seen.add(redirect.pk)
        permanent = permanent and redirect.is_permanent
        page = redirect.redirect_page
        if page is None or public_url(page):
            if not may_lead_to(page or page_at(redirect.link), requested):
                return None
            return _redirect_response(redirect.link, permanent, requested)
        path = redirect_path(page)  # an unpublished page may have its own redirect
    return None


def may_lead_to(page: Page | None, requested: str) -> bool:
    """Whether this old URL may redirect to the page: not if it contains a name the page hides."""
    shown = page.specific if page else None
    return not isinstance(shown, PageHasConsent) or shown.may_redirect_from(requested)


def page_at(link: str | None) -> Page | None:
    """The live page of this site at a URL."""
    parts = urlsplit(link or "")
    is_internal = parts.path and (not parts.hostname or parts.hostname in site_hosts())
    found = resolve_path(parts.path) if is_internal else None
    return found if isinstance(found, Page) else None


def _redirect_response(
    link: str | None, permanent: bool, requested: str
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    # A redirect to the requested URL itself would never end.
    if not link or (link.startswith("/") and Redirect.normalise_path(link) == requested):
        return None
    if not permanent:
        return HttpResponseRedirect(link)
    return HttpResponsePermanentRedirect(link, headers={"Cache-Control": f"max-age={MAX_AGE}"})


def resolve_path(path: str) -> Page | bool:
    """The live page at this path of the site, True for another view, False if not found."""
    with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
        for candidate in (f"{path.rstrip('/')}/", path):
            try:
                match = resolve(candidate)
            except Resolver404:
                continue
            if match.url_name != "wagtail_serve":
                return True
            site = Site.objects.filter(is_default_site=True).first()
            request = get_dummy_request(site=site)  # type: ignore[arg-type]  # accepts None too
            if page := Page.find_for_request(request, match.args[0]):
                return page
    return False


def site_hosts() -> set[str | None]:
    return {urlsplit(settings.SITE_URL).hostname, *Site.objects.values_list("hostname", flat=True)}
