"""Old URLs redirect in one hop, and only to public pages."""

from collections.abc import Callable

import pytest
from django.test import Client, TestCase
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale, Page, PageViewRestriction

from consent import gone_urls, withdrawal
from editorial.publishing.unpublish import add_redirect
from mission.models import HomePage, StandardPage
from news.models import NewsIndexPage
from stories.models import StoryIndexPage
from tests import factories

StatusAndLocation = tuple[int, str | None]


def get(client: Client, path: str) -> StatusAndLocation:
    found = client.get(path)
    return found.status_code, found.get("Location")


@pytest.fixture
def tree(home: HomePage) -> StandardPage:
    """/a/ and /b/, with /a/child/ below /a/."""
    page = factories.StandardPageFactory(parent=home, slug="a", title="A")
    factories.StandardPageFactory(parent=page, slug="child", title="Child")
    factories.StandardPageFactory(parent=home, slug="b", title="B")
    return page


def reload(page: Page) -> StandardPage:
    return StandardPage.objects.get(pk=page.pk)


def rename(page: Page, slug: str) -> None:
    page = page.specific_class.objects.get(pk=page.pk)
    page.slug = slug
    with TestCase.captureOnCommitCallbacks(execute=True):  # Wagtail creates redirects on commit
        page.save_revision().publish()


def move(page: Page, parent: Page) -> None:
    reload(page).move(Page.objects.get(pk=parent.pk), pos="last-child")


def test_renamed_and_moved_page_redirects_in_one_hop(tree: StandardPage, client: Client) -> None:
    rename(tree, "a2")
    rename(tree, "a3")
    move(tree, StandardPage.objects.get(slug="b"))
    for old in ("/a/", "/a2/", "/a3/", "/a", "/a/?utm_source=mail"):
        assert get(client, old) == (301, "/b/a3/"), old
    for old in ("/a/child/", "/a2/child/", "/a3/child/"):
        assert get(client, old) == (301, "/b/a3/child/"), old


@pytest.mark.parametrize(
    ("requested", "location"),
    [
        ("/A/", "/a/"),
        ("/A/Child", "/a/child/"),
        ("/a.", "/a/"),
        ("/a/child/).", "/a/child/"),
        ("/a%E2%80%9D", "/a/"),
        ("/A/?page=2&utm_source=mail", "/a/?page=2"),
        ("/%2FA/", "/a/"),
        ("/á/chïld", "/a/child/"),
        ("/a/chi­ld/", "/a/child/"),
        ("/Way–out", "/way-out/"),
        ("/way_out/", "/way-out/"),
        ("/way%20out", "/way-out/"),
        ("/dràft/", None),
        ("/A/other/", None),
        ("/ADMIN/", None),
        ("/DRAFT/", None),
        ("/PRIVATE/", None),
    ],
)
def test_url_with_capitals_accents_or_punctuation_redirects_to_public_page(
    tree: StandardPage, home: HomePage, client: Client, requested: str, location: str | None
) -> None:
    factories.StandardPageFactory(parent=home, slug="way-out")
    factories.StandardPageFactory(parent=home, slug="draft", live=False)
    private = factories.StandardPageFactory(parent=home, slug="private")
    PageViewRestriction.objects.create(page=private, restriction_type="login")
    assert get(client, requested) == ((301, location) if location else (404, None))


@pytest.mark.parametrize(
    ("requested", "url"),
    [
        ("//a/", "/a/"),
        ("/a//", "/a/"),
        ("/a/.", "/a/"),
        ("/a/\u00c2\u00a0", "/a/"),
        ("//A///child//", "/a/child/"),
        ("///", "/"),
        ("/SEARCH/", "/search/"),
        ("/search.", "/search/"),
        ("/es//Search/", "/es/search/"),
        ("/take-part/THANKS/", "/take-part/thanks/"),
        ("/ROBOTS.TXT", "/robots.txt"),
        ("//evil.example/", None),
        ("//evil.example/search/", None),
        ("/\\evil.example/", None),
        ("/-/DRAFT/Token/", None),
    ],
)
def test_url_with_double_slashes_or_capitals_redirects_to_page_or_view(
    tree: StandardPage, client: Client, requested: str, url: str | None
) -> None:
    response = client.get("/", {"q": "a b"}, PATH_INFO=requested)
    if url is None:
        assert response.status_code == 404
    else:
        assert (response.status_code, response.headers["Location"]) == (301, f"{url}?q=a%20b")


def test_url_of_feed_with_double_slashes_or_capitals_redirects_to_feed(
    news_index: NewsIndexPage, client: Client
) -> None:
    feed = f"{news_index.url}feed/"
    for requested in (feed.upper(), f"{feed}/", f"{feed}."):
        assert get(client, requested) == (301, feed)


def test_rename_and_back_makes_no_redirect_loop(tree: StandardPage, client: Client) -> None:
    rename(tree, "a2")
    rename(tree, "a")
    assert get(client, "/a/")[0] == 200
    assert get(client, "/a2/") == (301, "/a/")
    assert get(client, "/a2/child/") == (301, "/a/child/")
    reload(tree).unpublish()
    assert get(client, "/a/")[0] == 404
    assert get(client, "/a2/")[0] == 404


def test_new_page_takes_precedence_over_redirect(
    tree: StandardPage, home: HomePage, client: Client
) -> None:
    rename(tree, "a2")
    factories.StandardPageFactory(parent=home, slug="a", title="The new A")
    assert get(client, "/a/")[0] == 200


def test_redirects_work_for_translations(
    tree: StandardPage, home: HomePage, client: Client
) -> None:
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    home.copy_for_translation(spanish).save_revision().publish()
    translated = tree.copy_for_translation(spanish)
    translated.save_revision().publish()
    rename(translated, "hola")
    assert get(client, "/es/a/") == (301, "/es/hola/")
    assert get(client, "/a/")[0] == 200
    other = StandardPage.objects.get(slug="b").copy_for_translation(spanish)
    other.save_revision().publish()
    move(translated, other)
    assert get(client, "/es/hola/") == (301, "/es/b/hola/")
    assert get(client, "/es/a/") == (301, "/es/b/hola/")


def test_feed_redirects_with_renamed_index(story_index: StoryIndexPage, client: Client) -> None:
    rename(story_index, "voices")
    assert get(client, "/stories/feed/") == (301, "/voices/feed/")


def test_unpublished_pages_redirect_in_one_hop(tree: StandardPage, client: Client) -> None:
    rename(tree, "a2")
    b, child = StandardPage.objects.get(slug="b"), StandardPage.objects.get(slug="child")
    for page, target in ((child, tree), (tree, b)):
        reload(page).unpublish()
        add_redirect(reload(page), target)
    assert get(client, "/a2/") == (301, "/b/")
    assert get(client, "/a/") == (301, "/b/")
    assert get(client, "/a/child/") == (301, "/b/")
    reload(tree).save_revision().publish()
    assert get(client, "/a2/")[0] == 200
    assert get(client, "/a/") == (301, "/a2/")


@pytest.mark.parametrize("step", ["/a", "/a2"])
def test_redirect_chain_with_temporary_step_is_temporary(
    tree: StandardPage, client: Client, step: str
) -> None:
    rename(tree, "a2")
    reload(tree).unpublish()
    add_redirect(reload(tree), StandardPage.objects.get(slug="b"))
    assert get(client, "/a/") == (301, "/b/")
    Redirect.objects.filter(old_path=step).update(is_permanent=False)
    assert get(client, "/a/") == (302, "/b/")


def test_redirect_cycle_is_not_found(tree: StandardPage, client: Client) -> None:
    b = StandardPage.objects.get(slug="b")
    for page, target in ((tree, b), (b, tree)):
        reload(page).unpublish()
        add_redirect(reload(page), target)
    assert get(client, "/a/")[0] == 404
    assert get(client, "/b/")[0] == 404


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
def test_redirect_matches_path_and_query(
    tree: StandardPage, client: Client, old: str, asked: str
) -> None:
    Redirect.add_redirect(old, tree)
    assert get(client, asked) == (301, "/a/")
    assert get(client, "/?p=938")[0] == 200
    assert get(client, "/b/?id=31")[0] == 200


def test_redirect_from_query_parameter_of_live_page_is_ignored(
    tree: StandardPage, story_index: StoryIndexPage, client: Client
) -> None:
    Redirect.add_redirect("/stories?page=1", tree)
    assert get(client, "/stories/?page=1")[0] == 200


def to_itself() -> str:
    Redirect.add_redirect("/loop", "/loop/")
    return "/loop/"


def to_itself_with_a_query() -> str:
    Redirect.add_redirect("/?p=1", "/?p=1")
    return "/?p=1"


@pytest.mark.parametrize(("loop", "status"), [(to_itself, 404), (to_itself_with_a_query, 200)])
def test_redirect_to_itself_is_ignored(
    home: HomePage, client: Client, loop: Callable, status: int
) -> None:
    assert get(client, loop()) == (status, None)


def test_permanent_redirect_is_cached_for_one_hour(tree: StandardPage, client: Client) -> None:
    Redirect.add_redirect("/old", tree)
    found = client.get("/old/")
    assert (found.status_code, found["Cache-Control"]) == (301, "max-age=3600")
    assert "Vary" not in found
    Redirect.objects.update(is_permanent=False)
    found = client.get("/old/")
    assert found.status_code == 302
    assert "Cache-Control" not in found


def test_withdrawn_url_is_gone_despite_redirects(
    story_index: StoryIndexPage, tree: StandardPage, client: Client
) -> None:
    story = factories.StoryPageFactory(parent=story_index, slug="mine", title="Mine")
    rename(story, "mine-now")
    story.refresh_from_db()
    story.unpublish()
    add_redirect(Page.objects.get(pk=story.pk), tree)
    assert get(client, "/stories/mine/") == (301, "/a/")
    withdrawal.withdraw(withdrawal.make_plan([story.consent]))
    for path in ("/stories/mine/", "/stories/mine-now/", "/stories/mine/?x=1"):
        assert get(client, path)[0] == 410, path
    assert not Redirect.objects.filter(old_path__contains="mine").exists()
    Redirect.add_redirect("/stories/mine", tree)
    assert get(client, "/stories/mine/")[0] == 410
    assert gone_urls.is_gone("/stories/mine/")
