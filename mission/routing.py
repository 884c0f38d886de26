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

# Caches the page type last seen at a URL, which saves a query. Outdated entries are harmless,
# because the page itself is always looked up by URL.
_page_types: dict[tuple[int, str, str], type[BasePage]] = {}
MAX_PAGE_TYPES = 20_000


def find_page(site: Site, language: str, path: str) -> BasePage | None:
    """The page at `path`, live or not. None if not found or if Wagtail must route the request."""
    key = site.root_page_id, language, path
    condition = _filter(site.root_page, language, path)
    page = _fetch(_page_types[key], condition) if key in _page_types else None
    if page is None:
        page_type = next(
            (found.specific_class for found in Page.objects.filter(condition).order_by()), None
        )
        if page_type is None or not issubclass(page_type, BasePage):
            return None
        if len(_page_types) >= MAX_PAGE_TYPES:
            _page_types.clear()
        _page_types[key] = page_type
        page = _fetch(page_type, condition)
    return page if page and page.locale.language_code == language else None


def _fetch(page_type: type[BasePage], condition: Q) -> BasePage | None:
    return next(iter(page_type.objects.for_reading().filter(condition).order_by()), None)


def _filter(home: Page, language: str, path: str) -> Q:
    in_language = _homes(home, language)
    if not path:
        return Q(pk__in=in_language.values("pk"))
    start = Subquery(in_language.values("url_path")[:1])
    # With the condition on the slug, PostgreSQL can use the index of that column.
    return Q(slug=path.rstrip("/").rpartition("/")[2], url_path=Concat(start, Value(path)))


def _homes(home: Page, language: str) -> PageQuerySet:
    homes = Page.objects.order_by()
    if language == settings.LANGUAGE_CODE:
        return homes.filter(pk=home.pk)
    return homes.filter(translation_key=home.translation_key, locale__language_code=language)
