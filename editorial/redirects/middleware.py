"""Old addresses lead on in one hop, and only to what readers may see."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from editorial.public_pages import public_url

# Browsers keep a permanent redirect for ever unless told otherwise; a slip must be mendable.
KEPT_FOR = 60 * 60  # seconds


class RedirectMiddleware:
    """Answers what would be “not found”, and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        asked = address_of(request)
        return _lead_on(request, asked) or _lead_on(request, urlsplit(asked).path) or response


def before_page(
    page: Page, request: HttpRequest, args: list, kwargs: dict
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    """An old address such as /?p=937 would be answered by the page at its path."""
    if reads(page, request.GET):
        return None
    return _lead_on(request, address_of(request))


def reads(page: Page | None, names: Iterable[str]) -> bool:
    """Whether queries of these names are the page's own; others may be old addresses."""
    return getattr(page, "query_names", frozenset()).issuperset(names)


def address_of(request: HttpRequest) -> str:
    return Redirect.normalise_path(request.get_full_path(), decode_unicode=False)


def path_of(page: Page) -> str:
    """Where the page is, or would be if it were live, as redirects write it; empty without one."""
    parts = page.get_url_parts()
    return Redirect.normalise_path(parts[2]) if parts and parts[2] else ""


def _lead_on(
    request: HttpRequest, asked: str
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    address, permanent, seen = asked, True, set()
    while address and (redirect := get_redirect(request, address)) and redirect.pk not in seen:
        seen.add(redirect.pk)
        permanent = permanent and redirect.is_permanent
        page = redirect.redirect_page
        if page is None or public_url(page):
            return _answer(redirect.link, permanent, asked)
        address = path_of(page)  # a retired page may send its readers on
    return None


def _answer(
    link: str | None, permanent: bool, asked: str
) -> HttpResponsePermanentRedirect | HttpResponseRedirect | None:
    if not link or (link.startswith("/") and Redirect.normalise_path(link) == asked):
        return None
    if not permanent:
        return HttpResponseRedirect(link)
    return HttpResponsePermanentRedirect(link, headers={"Cache-Control": f"max-age={KEPT_FOR}"})
