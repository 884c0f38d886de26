import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stories.models import StoryIndexPage, StoryPage
from tests import factories


def make_stories(story_index: StoryIndexPage, count: int) -> None:
    """Create stories that share one picture and have different editors."""
    photo = factories.picture(size=(60, 40))
    for _number in range(count):
        story = factories.StoryPageFactory(parent=story_index, portrait=photo)
        story.save_revision(user=factories.UserFactory(first_name="Rosa", last_name="Luz"))


# "" is an administrator. Editors may not publish stories.
@pytest.mark.parametrize("role", ["", "Editors"])
def test_listing_query_count_is_independent_of_row_count(
    story_index: StoryIndexPage, role: str
) -> None:
    user, client = factories.UserFactory(is_superuser=not role), Client()
    user.groups.set([Group.objects.get(name=role)] if role else [])
    client.force_login(user)
    lists = [
        reverse("wagtailadmin_explore", args=[story_index.pk]),
        reverse("all-stories:index"),
        reverse("wagtailadmin_pages:type_use", args=["stories", "storypage"]),
    ]
    chooser = reverse("wagtailadmin_choose_page_child", args=[story_index.pk])

    def count_queries(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        html = response.json()["html"] if url == chooser else response.content.decode()
        for story in StoryPage.objects.all():
            assert story.title in html, url
        assert ("Rosa Luz" in html) is (url != chooser)
        return len(queries)

    make_stories(story_index, 3)
    few = {url: count_queries(url) for url in (*lists, chooser)}
    make_stories(story_index, 9)
    more = {url: count_queries(url) - few[url] for url in few}
    # In the chooser, Wagtail makes one query for the parent of each page.
    assert more == dict.fromkeys(lists, 0) | {chooser: 9}
    assert max(few[url] for url in lists) <= 40


def test_listing_is_paginated_except_when_ordering_by_hand(
    story_index: StoryIndexPage, admin_client: Client
) -> None:
    for _number in range(30):
        factories.StoryPageFactory(parent=story_index)
    url = reverse("wagtailadmin_explore", args=[story_index.pk])
    row, menu = "data-listing-page-title", "More options for"
    listed = admin_client.get(url).content.decode()
    assert (listed.count(row), listed.count(menu)) == (20, 20)
    sorted_by_hand = admin_client.get(f"{url}?ordering=ord").content.decode()
    assert (sorted_by_hand.count(row), sorted_by_hand.count(menu)) == (30, 30)
