from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.feedgenerator import Atom1Feed

if TYPE_CHECKING:
    from stories.models import StoryIndexPage, StoryPage


class StoryFeed(Feed):
    """The newest twenty stories of one index page."""

    feed_type = Atom1Feed

    def __init__(self, index: "StoryIndexPage") -> None:
        self.index = index

    def get_object(self, request: HttpRequest) -> "StoryIndexPage":
        self.request = request
        return self.index

    def title(self, index: "StoryIndexPage") -> str:
        return index.seo_title or index.title

    def subtitle(self, index: "StoryIndexPage") -> str:
        return index.summary

    def link(self, index: "StoryIndexPage") -> str:
        return index.get_full_url(self.request)

    def items(self, index: "StoryIndexPage") -> QuerySet["StoryPage"]:
        return index.stories()[:20]

    def item_title(self, story: "StoryPage") -> str:
        return story.title

    def item_description(self, story: "StoryPage") -> str:
        return story.summary

    def item_link(self, story: "StoryPage") -> str:
        return story.get_full_url(self.request)

    def item_pubdate(self, story: "StoryPage") -> datetime | None:
        return story.first_published_at

    def item_updateddate(self, story: "StoryPage") -> datetime | None:
        return story.last_published_at
