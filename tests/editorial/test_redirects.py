"""An old address leads on in one hop, and only where readers may go."""

from collections.abc import Callable

import pytest
from django.test import Client, TestCase
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale, Page

from consent import gone_urls, withdrawal
from editorial.publishing.unpublish import send_readers
from mission.models import HomePage, StandardPage
from stories.models import StoryIndexPage
from tests import factories

Answer = tuple[int, str | None]


def answer(client: Client, path: str) -> Answer:
    found = client.get(path)
    return found.status_code, found.get("Location")


@pytest.fixture
def tree(home: HomePage) -> StandardPage:
    """/a/ with /a/child/ below it, and /b/ beside it."""
    page = factories.StandardPageFactory(parent=home, slug="a", title="A")
    factories.StandardPageFactory(parent=page, slug="child", title="Child")
    factories.StandardPageFactory(parent=home, slug="b", title="B")
    return page


def fresh(page: Page) -> StandardPage:
    return StandardPage.objects.get(pk=page.pk)


def rename(page: Page, slug: str) -> None:
    page = page.specific_class.objects.get(pk=page.pk)
    page.slug = slug
    with TestCase.captureOnCommitCallbacks(execute=True):  # Wagtail makes its redirects then
        page.save_revision().publish()


def move(page: Page, parent: Page) -> None:
    fresh(page).move(Page.objects.get(pk=parent.pk), pos="last-child")


def test_a_page_renamed_and_moved_is_found_in_one_hop(tree: StandardPage, client: Client) -> None:
    rename(tree, "a2")
    rename(tree, "a3")
    move(tree, StandardPage.objects.get(slug="b"))
    for old in ("/a/", "/a2/", "/a3/", "/a", "/a/?utm_source=mail"):
        assert answer(client, old) == (301, "/b/a3/"), old
    for old in ("/a/child/", "/a2/child/", "/a3/child/"):
        assert answer(client, old) == (301, "/b/a3/child/"), old


def test_there_and_back_leaves_no_loop(tree: StandardPage, client: Client) -> None:
    rename(tree, "a2")
    rename(tree, "a")
    assert answer(client, "/a/")[0] == 200
    assert answer(client, "/a2/") == (301, "/a/")
    assert answer(client, "/a2/child/") == (301, "/a/child/")
    fresh(tree).unpublish()
    assert answer(client, "/a/")[0] == 404
    assert answer(client, "/a2/")[0] == 404


def test_a_page_that_takes_an_old_address_is_what_readers_see(
    tree: StandardPage, home: HomePage, client: Client
) -> None:
    rename(tree, "a2")
    factories.StandardPageFactory(parent=home, slug="a", title="The new A")
    assert answer(client, "/a/")[0] == 200


def test_it_works_in_the_other_language(tree: StandardPage, home: HomePage, client: Client) -> None:
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    home.copy_for_translation(spanish).save_revision().publish()
    translated = tree.copy_for_translation(spanish)
    translated.save_revision().publish()
    rename(translated, "hola")
    assert answer(client, "/es/a/") == (301, "/es/hola/")
    assert answer(client, "/a/")[0] == 200
    other = StandardPage.objects.get(slug="b").copy_for_translation(spanish)
    other.save_revision().publish()
    move(translated, other)
    assert answer(client, "/es/hola/") == (301, "/es/b/hola/")
    assert answer(client, "/es/a/") == (301, "/es/b/hola/")


def test_the_feed_moves_with_the_list_of_stories(
    story_index: StoryIndexPage, client: Client
) -> None:
    rename(story_index, "voices")
    assert answer(client, "/stories/feed/") == (301, "/voices/feed/")


def test_retired_pages_send_their_readers_on_in_one_hop(tree: StandardPage, client: Client) -> None:
    rename(tree, "a2")
    b, child = StandardPage.objects.get(slug="b"), StandardPage.objects.get(slug="child")
    for page, target in ((child, tree), (tree, b)):
        fresh(page).unpublish()
        send_readers(fresh(page), target)
    assert answer(client, "/a2/") == (301, "/b/")
    assert answer(client, "/a/") == (301, "/b/")
    assert answer(client, "/a/child/") == (301, "/b/")
    fresh(tree).save_revision().publish()
    assert answer(client, "/a2/")[0] == 200
    assert answer(client, "/a/") == (301, "/a2/")


@pytest.mark.parametrize("step", ["/a", "/a2"])
def test_a_way_with_a_temporary_step_is_temporary(
    tree: StandardPage, client: Client, step: str
) -> None:
    rename(tree, "a2")
    fresh(tree).unpublish()
    send_readers(fresh(tree), StandardPage.objects.get(slug="b"))
    assert answer(client, "/a/") == (301, "/b/")
    Redirect.objects.filter(old_path=step).update(is_permanent=False)
    assert answer(client, "/a/") == (302, "/b/")


def test_two_pages_that_send_to_each_other_are_not_found(
    tree: StandardPage, client: Client
) -> None:
    b = StandardPage.objects.get(slug="b")
    for page, target in ((tree, b), (b, tree)):
        fresh(page).unpublish()
        send_readers(fresh(page), target)
    assert answer(client, "/a/")[0] == 404
    assert answer(client, "/b/")[0] == 404


@pytest.mark.parametrize(
    ("old", "asked"),
    [
        ("/?p=937", "/?p=937"),
        ("/b?id=3", "/b?id=3"),
        ("/b?id=3", "/b/?id=3"),
        ("/?b=2&a=1", "/?a=1&b=2"),
        ("/gone?id=3", "/gone/?id=3"),
        ("/año", "/a%C3%B1o/"),
    ],
)
def test_path_and_query_are_matched_together(
    tree: StandardPage, client: Client, old: str, asked: str
) -> None:
    Redirect.add_redirect(old, tree)
    assert answer(client, asked) == (301, "/a/")
    assert answer(client, "/?p=938")[0] == 200
    assert answer(client, "/b/?id=31")[0] == 200


def test_what_our_own_pages_read_from_a_query_is_never_an_old_address(
    tree: StandardPage, story_index: StoryIndexPage, client: Client
) -> None:
    Redirect.add_redirect("/stories?page=1", tree)
    assert answer(client, "/stories/?page=1")[0] == 200


def to_itself() -> str:
    Redirect.add_redirect("/loop", "/loop/")
    return "/loop/"


def to_itself_with_a_query() -> str:
    Redirect.add_redirect("/?p=1", "/?p=1")
    return "/?p=1"


@pytest.mark.parametrize(("loop", "status"), [(to_itself, 404), (to_itself_with_a_query, 200)])
def test_an_address_never_leads_to_itself(
    home: HomePage, client: Client, loop: Callable, status: int
) -> None:
    assert answer(client, loop()) == (status, None)


def test_a_browser_forgets_a_permanent_redirect_within_the_hour(
    tree: StandardPage, client: Client
) -> None:
    Redirect.add_redirect("/old", tree)
    found = client.get("/old/")
    assert (found.status_code, found["Cache-Control"]) == (301, "max-age=3600")
    assert "Vary" not in found
    Redirect.objects.update(is_permanent=False)
    found = client.get("/old/")
    assert found.status_code == 302
    assert "Cache-Control" not in found


def test_what_was_withdrawn_is_gone_whatever_redirects_say(
    story_index: StoryIndexPage, tree: StandardPage, client: Client
) -> None:
    story = factories.StoryPageFactory(parent=story_index, slug="mine", title="Mine")
    rename(story, "mine-now")
    story.refresh_from_db()
    story.unpublish()
    send_readers(Page.objects.get(pk=story.pk), tree)
    assert answer(client, "/stories/mine/") == (301, "/a/")
    withdrawal.withdraw(withdrawal.plan(story))
    for path in ("/stories/mine/", "/stories/mine-now/", "/stories/mine/?x=1"):
        assert answer(client, path)[0] == 410, path
    assert not Redirect.objects.filter(old_path__contains="mine").exists()
    Redirect.add_redirect("/stories/mine", tree)
    assert answer(client, "/stories/mine/")[0] == 410
    assert gone_urls.is_gone("/stories/mine/")
