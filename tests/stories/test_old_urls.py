"""A redirect to a story does not reveal the name of a teller who may not be named."""

from collections.abc import Callable

import pytest
from django.test import Client, TestCase
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from editorial.publishing.unpublish import add_redirect
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.stories.test_earlier_names import narrow, narrow_by_sql

URL = "/stories/her-words/"


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """A story of a person who may be named."""
    consent = factories.consent(may_be_named=True)
    return factories.StoryPageFactory(
        parent=story_index, title="Told", slug="first", teller="Zenobia Hope", consent=consent
    )


def rename(story: StoryPage, *slugs: str) -> None:
    for slug in (*slugs, "her-words"):
        page = StoryPage.objects.get(pk=story.pk)
        page.slug = slug
        with TestCase.captureOnCommitCallbacks(execute=True):  # Wagtail creates redirects on commit
            page.save_revision().publish()


def redirect_from(path: str, link: str = "") -> Callable:
    def add(story: StoryPage) -> None:
        rename(story)
        page = None if link else story
        Redirect.objects.create(old_path=path, redirect_link=link, redirect_page=page)

    return add


def unpublish_another(story: StoryPage) -> None:
    """An unpublished page, whose URL contains the name, redirects to the story."""
    rename(story)
    other = factories.StandardPageFactory(
        parent=Page.objects.get(depth=2), slug="zenobia", live=False
    )
    add_redirect(other, story)


WITH_NAME = {
    "former slug": (lambda story: rename(story, "zenobia", "later"), "/stories/zenobia/"),
    "in upper case": (lambda story: rename(story, "ZENOBIA"), "/stories/ZENOBIA/"),
    "common word": (lambda story: rename(story, "a-story-of-hope"), "/stories/a-story-of-hope/"),
    "percent-encoded": (lambda story: rename(story, "zenóbia"), "/stories/zen%C3%B3bia/"),
    "page": (redirect_from("/zenobia"), "/zenobia/"),
    "query": (redirect_from("/?name=zenobia"), "/?name=zenobia"),
    "URL": (redirect_from("/zenobia", URL), "/zenobia/"),
    "URL with an anchor": (redirect_from("/zenobia", f"{URL}?x=1#y"), "/zenobia/"),
    "absolute URL": (redirect_from("/zenobia", f"http://localhost{URL}"), "/zenobia/"),
    "unpublished page": (unpublish_another, "/zenobia/"),
}
WITHOUT_NAME = {
    "former slug": (rename, "/stories/first/"),
    "page": (redirect_from("/told"), "/told/"),
    "URL": (redirect_from("/told", URL), "/told/"),
    "another page": (redirect_from("/zenobia", "/stories/"), "/zenobia/"),
    "another site": (redirect_from("/zenobia", f"https://example.org{URL}"), "/zenobia/"),
}


@pytest.mark.parametrize(("add", "old"), WITH_NAME.values(), ids=WITH_NAME)
@pytest.mark.parametrize("narrow", [narrow, narrow_by_sql])
def test_redirect_with_a_name_works_only_if_the_teller_may_be_named(
    story: StoryPage, client: Client, add: Callable, old: str, narrow: Callable
) -> None:
    add(story)
    assert client.get(old).status_code == 301
    narrow(story)
    assert client.get(URL).status_code == 200
    # The home page responds with 200 to any query string.
    assert client.get(old).status_code == (200 if "?" in old else 404)
    type(story.consent).objects.update(may_be_named=True)
    assert client.get(old).status_code == 301


@pytest.mark.parametrize(("add", "old"), WITHOUT_NAME.values(), ids=WITHOUT_NAME)
def test_redirect_without_a_name_always_works(
    story: StoryPage, client: Client, add: Callable, old: str
) -> None:
    add(story)
    narrow_by_sql(story)
    assert client.get(old).status_code == 301


@pytest.mark.parametrize("link", ["", URL, f"http://localhost{URL}", "/told"])
@pytest.mark.parametrize("may_be_named", [True, False])
def test_form_refuses_a_redirect_with_a_hidden_name(
    story: StoryPage, admin_client: Client, link: str, may_be_named: bool
) -> None:
    redirect_from("/told")(story)
    type(story.consent).objects.update(may_be_named=may_be_named)
    target = {"redirect_link": link} if link else {"redirect_page": story.pk}
    values = {"old_path": "/zenobia", "is_permanent": "on", **target}
    response = admin_client.post("/admin/redirects/add/", values)
    assert Redirect.objects.filter(old_path="/zenobia").exists() == may_be_named
    if not may_be_named:
        (sentence,) = response.context["form"].errors["old_path"]
        assert "contains a name that may not be shown" in sentence
