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

    class _Around(TypedDict):
        language: str
        up_to_date_at: datetime | None

    PageAround = WithAnnotations[Page, _Around]


def pages_around(request: HttpRequest, here: Page | None) -> "list[PageAround]":
    """Public pages that the header, footer, breadcrumbs and links can show.

    These are the home page and its children, the ancestors of `here`, urgent help, the pages
    chosen in the site settings, and the pages that `here` links to. The home page, `here`, and the
    chosen and linked pages come with their translations.
    """
    kept: Any = request  # our attributes are not declared on HttpRequest
    if not hasattr(kept, "_pages_around"):
        path, site = getattr(here, "path", ""), SiteSettings.site_for_request(request)
        if site and not path:  # search and 404 are not in the page tree
            path = _home_of(site).path
        kept._home_path = path[:HOME_PATH_LENGTH]
        chosen = SiteSettings.for_request(request).linked_pages if site else []
        kept._pages_around = list(_around(path, here, chosen)) if path else []
    return kept._pages_around


def _home_of(site: Site) -> Page:
    home = site.root_page
    is_here = home.locale_id and home.locale.language_code == get_language()
    return home if is_here else home.localized


def _around(path: str, here: Page | None, chosen: list[int]) -> PageQuerySet:
    home = path[:HOME_PATH_LENGTH]
    above = [path[:end] for end in range(HOME_PATH_LENGTH, len(path), Page.steplen)]
    near_home = Q(path__startswith=home, depth__in=(2, 3))
    for_emergencies = Q(content_type=ContentType.objects.get_for_model(UrgentHelpPage))
    number = getattr(here, "pk", None)
    named = Page.objects.filter(Q(path=home) | Q(pk__in=[*chosen, number]))
    keys = named.order_by().values("translation_key").union(_linked_from(number))
    # A union of parts, because each part can use its own index.
    parts = [
        Page.objects.filter(part).order_by().values("pk")
        for part in (near_home, Q(path__in=above), for_emergencies, Q(translation_key__in=keys))
    ]
    pages = with_up_to_date_at(
        publicly_visible(Page.objects.filter(pk__in=parts[0].union(*parts[1:])))
    )
    return pages.annotate(language=F("locale__language_code")).order_by("path")


def _linked_from(number: int | None) -> QuerySet:
    """Translation keys of the pages that this page links to, from Wagtail's reference index.

    Otherwise its fields, blocks and rich text would each run their own query.
    """
    kind = ContentType.objects.get_for_model(Page)
    noted = ReferenceIndex.objects.filter(
        base_content_type=kind, object_id=str(number), to_content_type=kind
    )
    numbers = noted.values(number=Cast("to_object_id", BigIntegerField()))
    return Page.objects.filter(pk__in=numbers).order_by().values("translation_key")
