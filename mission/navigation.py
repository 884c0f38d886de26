"""Loads the public pages that navigation can link to, in one query per request."""

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.models import Page, ReferenceIndex, Site
from wagtail.query import PageQuerySet

from editorial.public_pages import publicly_visible
from editorial.translations.status import HOME_PATH_LENGTH, with_up_to_date_at
from mission.models import UrgentHelpPage
from site_settings.models import SiteSettings

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypedDict

    from django_stubs_ext import WithAnnotations

    class _Annotations(TypedDict):
        language: str
        up_to_date_at: datetime | None

    NavigationPage = WithAnnotations[Page, _Annotations]


def navigation_pages(request: HttpRequest, current_page: Page | None) -> "list[NavigationPage]":
    """Public pages that the header, footer, breadcrumbs and links can show.

    These are the home page and its children, the ancestors of the current page, urgent help, the
    pages chosen in the site settings, and the pages that the current page links to. The home page,
    the current page, and the chosen and linked pages come with their translations.
    """
    cache: Any = request  # our attributes are not declared on HttpRequest
    if not hasattr(cache, "_navigation_pages"):
        path, site = getattr(current_page, "path", ""), SiteSettings.site_for_request(request)
        if site and not path:  # search and 404 are not in the page tree
            path = _home_page(site).path
        cache._home_path = path[:HOME_PATH_LENGTH]
        chosen = SiteSettings.for_request(request).linked_pages if site else []
        cache._navigation_pages = list(_load_pages(path, current_page, chosen)) if path else []
    return cache._navigation_pages


def _home_page(site: Site) -> Page:
    home = site.root_page
    is_in_language = home.locale_id and home.locale.language_code == get_language()
    return home if is_in_language else home.localized


def _load_pages(path: str, current_page: Page | None, chosen: list[int]) -> PageQuerySet:
    home = path[:HOME_PATH_LENGTH]
    ancestor_paths = [path[:end] for end in range(HOME_PATH_LENGTH, len(path), Page.steplen)]
    is_near_home = Q(path__startswith=home, depth__in=(2, 3))
    is_urgent_help = Q(content_type=ContentType.objects.get_for_model(UrgentHelpPage))
    pk = getattr(current_page, "pk", None)
    named = Page.objects.filter(Q(path=home) | Q(pk__in=[*chosen, pk]))
    keys = named.order_by().values("translation_key").union(_linked_keys(pk))
    # A union of parts, because each part can use its own index.
    parts = [
        Page.objects.filter(part).order_by().values("pk")
        for part in (
            is_near_home,
            Q(path__in=ancestor_paths),
            is_urgent_help,
            Q(translation_key__in=keys),
        )
    ]
    pages = with_up_to_date_at(
        publicly_visible(Page.objects.filter(pk__in=parts[0].union(*parts[1:])))
    )
    return pages.annotate(language=F("locale__language_code")).order_by("path")


def _linked_keys(pk: int | None) -> QuerySet:
    """Translation keys of the pages that this page links to, from Wagtail's reference index.

    With these pages loaded, fields, blocks and rich text need no queries for their links.
    """
    content_type = ContentType.objects.get_for_model(Page)
    references = ReferenceIndex.objects.filter(
        base_content_type=content_type, object_id=str(pk), to_content_type=content_type
    )
    pks = references.values(linked_pk=Cast("to_object_id", BigIntegerField()))
    return Page.objects.filter(pk__in=pks).order_by().values("translation_key")
