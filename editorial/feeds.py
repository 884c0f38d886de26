"""Atom feeds of index pages."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid5

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import Page

from editorial.clean_text import clean_line
from site_settings.models import SiteSettings

if TYPE_CHECKING:
    from editorial.models import BasePage

MAX_ITEMS = 20


class PageFeed(Feed):
    """The newest pages of one index page, at most MAX_ITEMS."""

    feed_type = Atom1Feed

    def __init__(self, index: "FeedMixin") -> None:
        self.index = index

    def get_object(self, request: HttpRequest) -> "FeedMixin":
        self.request = request
        self.site = SiteSettings.for_request(request)
        return self.index

    def title(self, index: "BasePage") -> str:
        return clean_line(index.seo_title or index.title)

    def subtitle(self, index: "BasePage") -> str:
        return clean_line(index.summary)

    def link(self, index: "BasePage") -> str:
        return index.get_full_url(self.request)

    def feed_url(self, index: "FeedMixin") -> str:
        path = self.link(index) + index.reverse_subpage("feed")  # type: ignore[arg-type]
        return SiteSettings.absolute_url(self.request, path)

    def author_name(self, index: "BasePage") -> str:
        return clean_line(self.site.organization) or self.title(index)

    def items(self, index: "FeedMixin") -> QuerySet[Page]:
        # The list may show pages that are not translated. A feed has one language.
        pages = index.listed_pages().filter(locale=index.locale_id)  # type: ignore[attr-defined]
        return pages.order_by("-first_published_at", "-pk")[:MAX_ITEMS]

    def item_title(self, page: Page) -> str:
        return clean_line(page.title)

    def item_author_name(self, page: "BasePage") -> str | None:
        return clean_line(page.author_name(self.site)) or None

    def item_description(self, page: "BasePage") -> str:
        # Django declares summaries to be HTML, in which “<bill>” would be a tag.
        return escape(clean_line(page.summary))

    def item_link(self, page: Page) -> str:
        return page.get_full_url(self.request)

    def item_guid(self, page: Page) -> str:
        """UUID that stays the same when the page moves and differs per language."""
        locale = self.index.locale  # type: ignore[attr-defined]  # a field of Page
        return uuid5(page.translation_key, locale.language_code).urn

    def item_pubdate(self, page: Page) -> datetime | None:
        return page.first_published_at

    def item_updateddate(self, page: Page) -> datetime | None:
        return page.last_published_at


class FeedMixin(RoutablePageMixin):
    """Mixin for index pages with an Atom feed at `feed/`. Must be the first base class."""

    def listed_pages(self) -> QuerySet[Page]:
        """Public pages of the feed."""
        raise NotImplementedError

    @path("feed/", name="feed")
    def feed(self, request: HttpRequest) -> HttpResponse:
        """Serves the Atom feed."""
        return PageFeed(self)(request)

    def get_route_paths(self) -> list[str]:
        return ["/", "/feed/"]  # redirected when this page moves
