"""Lists in the CMS cost the same number of queries however many pages they show."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stories.models import StoryIndexPage, StoryPage
from tests import factories


def told(story_index: StoryIndexPage, number: int) -> None:
    """As many stories, each with a picture and edited by somebody else."""
    photo = factories.picture(size=(60, 40))
    for _number in range(number):
        story = factories.StoryPageFactory(parent=story_index, portrait=photo)
        story.save_revision(user=factories.UserFactory(first_name="Rosa", last_name="Luz"))


@pytest.mark.parametrize("role", ["", "Editors"])  # who may not publish stories
def test_twelve_rows_cost_what_three_cost(story_index: StoryIndexPage, role: str) -> None:
    member, client = factories.UserFactory(is_superuser=not role), Client()
    member.groups.set([Group.objects.get(name=role)] if role else [])
    client.force_login(member)
    lists = [
        reverse("wagtailadmin_explore", args=[story_index.pk]),
        reverse("all-stories:index"),
        reverse("wagtailadmin_pages:type_use", args=["stories", "storypage"]),
    ]
    chooser = reverse("wagtailadmin_choose_page_child", args=[story_index.pk])

    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address)
        html = response.json()["html"] if address == chooser else response.content.decode()
        for story in StoryPage.objects.all():
            assert story.title in html, address
        assert ("Rosa Luz" in html) is (address != chooser)
        return len(asked)

    told(story_index, 3)
    few = {address: cost(address) for address in (*lists, chooser)}
    told(story_index, 9)
    more = {address: cost(address) - few[address] for address in few}
    assert more == dict.fromkeys(lists, 0) | {chooser: 9}  # Wagtail asks for the parent of each
    assert max(few[address] for address in lists) <= 40


def test_thirty_stories_are_two_pages_and_all_are_there_to_be_sorted(
    story_index: StoryIndexPage, admin_client: Client
) -> None:
    for _number in range(30):
        factories.StoryPageFactory(parent=story_index)
    address = reverse("wagtailadmin_explore", args=[story_index.pk])
    row, menu = "data-listing-page-title", "More options for"
    listed = admin_client.get(address).content.decode()
    assert (listed.count(row), listed.count(menu)) == (20, 20)
    sorted_by_hand = admin_client.get(f"{address}?ordering=ord").content.decode()
    assert (sorted_by_hand.count(row), sorted_by_hand.count(menu)) == (30, 30)
