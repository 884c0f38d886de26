import pytest
from django.test import Client
from django.urls import reverse

from editorial.blocks.comparisons import moved_ids
from mission.models import StandardPage
from tests import factories
from tests.test_architecture import text_in


def steps(*words: str) -> dict:
    items = [{"type": "item", "id": word, "value": {"title": word, "text": ""}} for word in words]
    return {"type": "steps", "id": "steps", "value": {"heading": "Steps", "steps": items}}


def claim(word: str, **values: object) -> dict:
    return {"type": "claim", "id": word, "value": {"statement": word, **values}}


@pytest.fixture
def page(home: StandardPage) -> StandardPage:
    return factories.StandardPageFactory(parent=home)


def compare(page: StandardPage, client: Client, before: list, after: list) -> str:
    revisions = []
    for body in (before, after):
        page.body = body
        revisions.append(page.save_revision().pk)
    url = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, *revisions])
    return text_in(client.get(url).content.decode())


def test_empty_fields_of_blocks_are_not_shown_as_none(
    page: StandardPage, admin_client: Client
) -> None:
    names = "url", "archived"
    empty, saved = dict.fromkeys(names), dict.fromkeys(names, "")
    shown = compare(page, admin_client, [claim("One", **empty)], [claim("One", **saved)])
    assert "There are no differences" in shown
    shown = compare(page, admin_client, [claim("One", **empty)], [claim("Two", **saved)])
    assert "None" not in shown


def test_moved_blocks_are_marked(page: StandardPage, admin_client: Client) -> None:
    before = [claim("One"), claim("Two"), steps("Three", "Four", "Five")]
    after = [claim("Two"), claim("One"), steps("Five", "Three", "Four")]
    shown = compare(page, admin_client, before, after)
    assert shown.count("Moved: ") == 2
    assert "Moved: was number 3, is number 1" in shown
    assert "Moved: " not in compare(page, admin_client, before, before[1:])


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [("abc", "abc", ""), ("abc", "acb", "c"), ("abcd", "dabc", "d"), ("abc", "xcy", "")],
)
def test_only_blocks_that_changed_their_order_are_moved(
    before: str, after: str, moved: str
) -> None:
    assert len(moved_ids(before, after)) == len(moved)


def test_version_that_a_command_saved_is_by_system(
    page: StandardPage, admin_client: Client
) -> None:
    first = page.save_revision()
    page.save_revision()
    url = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, first.pk])
    shown = text_in(admin_client.get(url).content.decode())
    assert "None" not in shown.partition("You are viewing a previous version")[2][:200]
    assert "by system" in shown
