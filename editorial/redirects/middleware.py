"""Redirects old URLs in one hop, and only to public pages."""

import string
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import Resolver404, resolve
from django.utils.encoding import iri_to_uri
from django.utils.text import slugify
from django.utils.translation import get_language_from_path, override
from wagtail.contrib.redirects.models import Redirect
from wagtail.coreutils import get_dummy_request
from wagtail.models import Page, Site

from consent.mixins import PageHasConsent
from consent.old_urls import OldUrl
from editorial.public_pages import public_url, publicly_visible
from editorial.redirects.lookup import find_redirects

# Browsers cache permanent redirects forever by default; mistakes must be correctable.
MAX_AGE = 60 * 60  # seconds
# Characters that mail programs, and people who copy a URL, add to its end.
PUNCTUATION = f"{string.whitespace}\u00a0\u202f\u3000" + "/.,:;!?\"'’”»…)]}>*"
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−_", "-"))


class RedirectMiddleware:
    """Replaces 404 responses with redirects.

    A redirect from path and query comes before a redirect from the path alone, which comes before a
    redirect from everything below a path. Without a redirect, capital letters, accents, other
    dashes, double slashes and the punctuation at the end of the URL are ignored.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        requested = _requested(request)
        return (
            _follow(request, requested, requested.candidates())
            or _redirect_to_corrected_url(request, requested)
            or response
        )


def _requested(request: HttpRequest) -> OldUrl:
    # What follows two slashes would be taken for a host name.
    return OldUrl.parse(f"/{request.get_full_path().lstrip('/')}")


def _redirect_to_corrected_url(
    request: HttpRequest, requested: OldUrl
) -> HttpResponsePermanentRedirect | None:
    """Redirect to this URL in lower case, with single slashes and no punctuation at its end.

    People copy URLs from paper, and mail programs add the full stop of a sentence to a link. People
    also type a URL with the accents of the title, and word processors replace its hyphens.
    """
    if request.method not in ("GET", "HEAD"):
        return None
    path = f"{unquote(requested.path).rstrip(PUNCTUATION).lower()}/"
    for candidate in dict.fromkeys((path, _with_slugs(path))):
        is_only_punctuation = not candidate.strip("/") and request.path.strip("/")
        if candidate == request.path or is_only_punctuation:
            continue
        if url := _public_url(candidate, requested):
            is_same = url == request.path  # a view that responds with 404
            query = f"?{requested.query}" if requested.query else ""
            return None if is_same else _permanent_redirect(f"{url}{query}")
    return None


def _with_slugs(path: str) -> str:
    """The path with its words as slugs have them: without accents, joined by hyphens."""
    return "/".join(slugify(part.translate(DASHES)) for part in path.split("/"))


def _public_url(path: str, requested: OldUrl) -> str:
    """The URL of the public page or view at this path; else empty."""
    found = resolve_path(path)
    if not isinstance(found, Page):
        return _view_url(path)
    is_public = publicly_visible(Page.objects.filter(pk=found.pk)).exists()
    if not is_public or not may_lead_to(found, requested.path):
        return ""
    return urljoin(found.url, iri_to_uri(path))  # the path may be that of the page's feed


def _view_url(path: str) -> str:
    """The URL at this path of a public view without parameters, such as a token; else empty."""
    if path.startswith(settings.UNCACHED_PATHS):
        return ""
    with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
        for candidate in (path, path.rstrip("/")):
            with suppress(Resolver404):
                match = resolve(candidate)
                if match.url_name != "wagtail_serve" and not (match.args or match.kwargs):
                    return candidate
    return ""


def before_serve_page(
    page: Page, request: HttpRequest, args: list, kwargs: dict
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    """Redirects old URLs with a query, such as /?p=937, before the page at their path is served."""
    if uses_query(page, request.GET):
        return None
    requested = _requested(request)
    return _follow(request, requested, [str(requested)]) if requested.query else None


def uses_query(page: Page | None, names: Iterable[str]) -> bool:
    """Whether the page uses all these query parameters.

    If it does not, the URL may be an old URL with a redirect of its own.
    """
    return getattr(page, "query_names", frozenset()).issuperset(names)


def redirect_path(page: Page) -> str:
    """Path of a page, live or not, as redirects store it; empty if the page has no URL."""
    parts = page.get_url_parts()
    return str(OldUrl.parse(parts[2])) if parts and parts[2] else ""


def _follow(
    request: HttpRequest, requested: OldUrl, old_paths: list[str]
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    """The response of the first redirect with one of these old paths that leads to a public URL."""
    site = Site.find_for_request(request)
    for redirect in find_redirects(old_paths, site):
        if response := _follow_redirect(redirect, requested, site):
            return response
    return None


def _follow_redirect(
    first: Redirect, requested: OldUrl, site: Site | None
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    redirect: Redirect | None = first
    permanent, seen = True, set()
    while redirect and redirect.pk not in seen:
        seen.add(redirect.pk)
        permanent = permanent and redirect.is_permanent
        page = redirect.redirect_page
        if page and not public_url(page):
            # An unpublished page may have its own redirect.
            path = redirect_path(page)
            old_paths = OldUrl.parse(path).candidates() if path else []
        else:
            old_paths = old_paths_at(redirect.link)
        following = next(iter(find_redirects(old_paths, site)), None)
        if following is None and (page is None or public_url(page)):
            # Check the redirect's old path, not the requested URL. Anybody could guess a name,
            # request it below a wildcard, and learn from the response whether it is right.
            if not may_lead_to(page or page_at(redirect.link), first.old_path):
                return None
            return _redirect_response(redirect.link, permanent, requested)
        redirect = following
    return None  # redirects that lead to each other would never end


def old_paths_at(link: str | None) -> list[str]:
    """The old paths whose redirects apply to a request for this link.

    Empty if a page or another view responds at the link, or if the link leads to another site.
    """
    parts = urlsplit(link or "")
    if not parts.path or (parts.hostname and parts.hostname not in site_hosts()):
        return []
    url = OldUrl.parse(link or "")
    found = resolve_path(parts.path)
    if not found:
        return url.candidates()
    names = list(parse_qs(url.query, keep_blank_values=True))
    is_page_with_old_query = isinstance(found, Page) and names and not uses_query(found, names)
    return [str(url)] if is_page_with_old_query else []


def may_lead_to(page: Page | None, requested: str) -> bool:
    """Whether this old URL may redirect to the page: not if it has a name that the page hides."""
    shown = page.specific if page else None
    return not isinstance(shown, PageHasConsent) or shown.may_redirect_from(requested)


def page_at(link: str | None) -> Page | None:
    """The live page of this site at a URL."""
    parts = urlsplit(link or "")
    is_internal = parts.path and (not parts.hostname or parts.hostname in site_hosts())
    found = resolve_path(parts.path) if is_internal else None
    return found if isinstance(found, Page) else None


def _redirect_response(
    link: str | None, permanent: bool, requested: OldUrl
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    # A redirect to the requested URL itself would never end.
    if not link or (link.startswith("/") and OldUrl.parse(link) == requested):
        return None
    return _permanent_redirect(link) if permanent else HttpResponseRedirect(link)


def _permanent_redirect(url: str) -> HttpResponsePermanentRedirect:
    return HttpResponsePermanentRedirect(url, headers={"Cache-Control": f"max-age={MAX_AGE}"})


def resolve_path(path: str) -> Page | bool:
    """The live page at this path of the site, True for another view, False if not found."""
    path = unquote(path)
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
