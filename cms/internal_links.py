"""Checks whether internal URLs resolve, using the database and never the network."""

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import Resolver404, is_valid_path, resolve
from django.utils.translation import get_language_from_path, override
from wagtail.documents import get_document_model
from wagtail.models import Page, Site

from cms.models import Link
from consent.old_urls import OldUrl
from editorial.public_pages import publicly_visible
from editorial.redirects.lookup import find_redirects


def is_internal(url: str) -> bool:
    """Whether this is a URL of this site. Raises ValueError if it is not a URL at all."""
    host = urlsplit(url).hostname
    ours = {urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname}
    return not host or host in ours or Site.objects.filter(hostname=host).exists()


def is_reachable(url: str) -> bool:
    """Whether an anonymous visitor gets a page, document or redirect at this URL."""
    if url.startswith(Link.PAGE_PREFIX):
        return _is_public_page(int(url.removeprefix(Link.PAGE_PREFIX)))
    parts = urlsplit(url)
    path = unquote(parts.path) or "/"
    if not is_valid_path(path) and is_valid_path(f"{path}/"):
        path = f"{path}/"  # APPEND_SLASH redirects there
    with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
        try:
            found = resolve(path)
        except Resolver404:
            return _is_redirected(url)
        if found.url_name == "wagtaildocs_serve":
            return get_document_model().objects.filter(pk=found.args[0]).exists()
        if found.url_name == "wagtail_serve":
            return _routes_to_page(parts.hostname, found.args[0]) or _is_redirected(url)
    return True


def _routes_to_page(host: str | None, path: str) -> bool:
    site = Site.objects.filter(hostname=host).first() or Site.objects.get(is_default_site=True)
    components = [component for component in path.split("/") if component]
    try:
        page = site.root_page.localized.specific.route(HttpRequest(), components).page
    except Http404:
        return False
    return _is_public_page(page.pk)


def _is_public_page(pk: int) -> bool:
    return publicly_visible(Page.objects.filter(pk=pk)).exists()


def _is_redirected(url: str) -> bool:
    return bool(find_redirects(OldUrl.parse(url).candidates()))
