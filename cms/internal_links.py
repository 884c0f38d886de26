"""Whether an address of this site leads anywhere: asked of the database, never of the network."""

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import Resolver404, is_valid_path, resolve
from django.utils.translation import get_language_from_path, override
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.models import Page, Site

from cms.models import Link
from editorial.public_pages import publicly_visible


def is_ours(address: str) -> bool:
    host = urlsplit(address).hostname
    ours = {urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname}
    return not host or host in ours or Site.objects.filter(hostname=host).exists()


def leads_somewhere(address: str) -> bool:
    """Whether readers find something there."""
    if address.startswith(Link.OWN_PAGE):
        return _may_be_read(int(address.removeprefix(Link.OWN_PAGE)))
    parts = urlsplit(address)
    path = unquote(parts.path) or "/"
    if not is_valid_path(path) and is_valid_path(f"{path}/"):
        path = f"{path}/"  # readers are sent there
    with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
        try:
            found = resolve(path)
        except Resolver404:
            return _is_redirected(address)
        if found.url_name == "wagtaildocs_serve":
            return get_document_model().objects.filter(pk=found.args[0]).exists()
        if found.url_name == "wagtail_serve":
            return _is_page(parts.hostname, found.args[0]) or _is_redirected(address)
    return True


def _is_page(host: str | None, path: str) -> bool:
    site = Site.objects.filter(hostname=host).first() or Site.objects.get(is_default_site=True)
    names = [name for name in path.split("/") if name]
    try:
        page = site.root_page.localized.specific.route(HttpRequest(), names).page
    except Http404:
        return False
    return _may_be_read(page.pk)


def _may_be_read(pk: int) -> bool:
    return publicly_visible(Page.objects.filter(pk=pk)).exists()


def _is_redirected(address: str) -> bool:
    path = urlsplit(address)._replace(scheme="", netloc="", fragment="").geturl()
    return Redirect.objects.filter(old_path=Redirect.normalise_path(path)).exists()
