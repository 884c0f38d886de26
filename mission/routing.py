"""Finds the page at a URL in one query.

Wagtail runs separate queries for the locale, the home page, the page, its type, its ancestors and
its view restrictions.
"""

from django.conf import settings
from django.db.models import Q, Subquery, Value
from django.db.models.functions import Concat
from wagtail.models import Page, Site
from wagtail.query import PageQuerySet

from editorial.models import BasePage

# Caches the page type last seen at a URL, which saves a query. Only a hint: the page is still
# looked up by URL, so an outdated entry does no harm after another process moved a page.
_kinds: dict[tuple[int, str, str], type[BasePage]] = {}
MOST_KINDS = 20_000


def page_at(site: Site, language: str, path: str) -> BasePage | None:
    """The page at `path`, live or not. None if not found or if Wagtail must route the request."""
    address = site.root_page_id, language, path
    at = _at(site.root_page, language, path)
    page = _first(_kinds[address], at) if address in _kinds else None
    if page is None:
        kind = next((found.specific_class for found in Page.objects.filter(at).order_by()), None)
        if kind is None or not issubclass(kind, BasePage):
            return None
        if len(_kinds) >= MOST_KINDS:
            _kinds.clear()
        _kinds[address] = kind
        page = _first(kind, at)
    return page if page and page.locale.language_code == language else None


def _first(kind: type[BasePage], at: Q) -> BasePage | None:
    return next(iter(kind.objects.for_reading().filter(at).order_by()), None)


def _at(home: Page, language: str, path: str) -> Q:
    in_language = _home_in(home, language)
    if not path:
        return Q(pk__in=in_language.values("pk"))
    start = Subquery(in_language.values("url_path")[:1])
    # The condition on the slug uses its index.
    return Q(slug=path.rstrip("/").rpartition("/")[2], url_path=Concat(start, Value(path)))


def _home_in(home: Page, language: str) -> PageQuerySet:
    homes = Page.objects.order_by()
    if language == settings.LANGUAGE_CODE:
        return homes.filter(pk=home.pk)
    return homes.filter(translation_key=home.translation_key, locale__language_code=language)
