import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Locale

from mission.models import HomePage
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home, make_issue_index, make_story_index
from tests.translation_workflow import spanish


def make_stories() -> None:
    home = make_home()
    story_index, issue_index = make_story_index(home), make_issue_index(home)
    care = factories.IssuePageFactory(parent=issue_index, title="Care", slug="care")
    factories.IssuePageFactory(parent=issue_index, title="Nobody tells of it")
    for number in range(14):
        story = factories.StoryPageFactory(
            parent=story_index,
            title=f"S{number}",
            first_published_at=timezone.now() - timedelta(days=14 - number),
        )
        if number % 2 == 0:
            story.issues.add(care)
            story.save()


CONTENTS = {
    "stories": Content("stories", make_stories, ("tests/stories/test_stories.py", *SOURCES))
}


@pytest.fixture
def stories(db: None) -> list[StoryPage]:
    """Fourteen stories, one per day. Every second story is about care."""
    return list(StoryPage.objects.order_by("path"))


def titles(client: Client, path: str) -> list[str]:
    return [story.title for story in client.get(path).context["listed"]]


def test_story_list_is_paginated_newest_first(stories: list, client: Client) -> None:
    assert titles(client, "/stories/") == [f"S{n}" for n in range(13, 1, -1)]
    assert titles(client, "/stories/?page=2") == ["S1", "S0"]


def test_story_list_is_filtered_by_issue(stories: list, client: Client) -> None:
    assert titles(client, "/stories/?issue=care") == [f"S{n}" for n in range(12, -1, -2)]
    html = client.get("/stories/").content.decode()
    assert "?issue=care" in html
    assert "Care (7)" in html
    assert "Nobody tells of it" not in html[html.index("<main") : html.index("</main>")]


def test_long_story_list_is_not_fully_counted(
    stories: list, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("editorial.pagination.LimitedCountPaginator.MAX_PAGES", 1)
    monkeypatch.setattr("editorial.filters.MAX_COUNT", 5)
    monkeypatch.setattr("issues.filters.MAX_COUNT", 5)
    assert titles(client, "/stories/?page=2") == ["S1", "S0"]
    html = client.get("/stories/").content.decode()
    assert "Care (5+)" in html
    assert 'href="?page=2" rel="next"' in html
    assert "<span>Page 1</span>" in html
    assert 'rel="next"' not in client.get("/stories/?page=2").content.decode()
    assert client.get("/stories/?page=3").status_code == 404
    assert client.get("/stories/?page=100000000000").status_code == 404


@pytest.mark.parametrize("query", ["page=3", "page=0", "page=x", "issue=none", "issue=../"])
def test_story_list_rejects_invalid_filters(stories: list, client: Client, query: str) -> None:
    assert client.get(f"/stories/?{query}").status_code == 404


def test_story_feed_has_public_stories_with_absolute_urls(
    stories: list, story_index: StoryIndexPage, client: Client
) -> None:
    factories.StoryPageFactory(parent=story_index, title="A draft", live=False)
    response = client.get("/stories/feed/")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = response.content.decode()
    assert feed.count("<entry>") == 14
    assert "http://testserver/stories/s13/" in feed
    assert "A draft" not in feed
    assert "/stories/feed/" in client.get("/stories/").content.decode()


def test_story_feed_ids_are_stable(story_index: StoryIndexPage, client: Client) -> None:
    def ids(path: str) -> list[str]:
        feed = client.get(path).content.decode()
        return re.findall(r"<id>(urn:uuid:[^<]*)</id>", feed)

    story = factories.StoryPageFactory(parent=story_index, slug="one")
    factories.StoryPageFactory(parent=story_index, slug="two")
    before = ids("/stories/feed/")
    story.slug = "elsewhere"
    story.save_revision().publish()
    assert ids("/stories/feed/") == before
    assert len(set(before)) == 2
    locale = Locale.objects.get_or_create(language_code="es")[0]
    for page in (story_index.get_parent().specific, story_index, story):
        page.copy_for_translation(locale).save_revision().publish()
    spanish = ids("/es/stories/feed/")
    assert len(spanish) == 1
    assert not set(spanish) & set(before)


def test_next_story_is_older_and_wraps_around(stories: list, client: Client) -> None:
    assert client.get("/stories/s5/").context["next_story"].title == "S4"
    assert client.get("/stories/s0/").context["next_story"].title == "S13"


def test_single_story_has_no_next_story(story_index: StoryIndexPage, client: Client) -> None:
    story = factories.StoryPageFactory(parent=story_index)
    assert client.get(story.url).context["next_story"] is None


def test_story_without_portrait_renders(story_index: StoryIndexPage, client: Client) -> None:
    story = factories.StoryPageFactory(
        parent=story_index, title="My words", teller="R.", place="Ohio", name_changed=True
    )
    html = client.get(story.url).content.decode()
    assert "<img" not in html
    assert "R., Ohio (name changed)" in " ".join(html.split())


def test_sample_story_is_labeled_and_noindex(story_index: StoryIndexPage, client: Client) -> None:
    story = factories.StoryPageFactory(parent=story_index, is_sample=True)
    html = client.get(story.url).content.decode()
    assert "It is not about a real person." in html
    assert '<meta name="robots" content="noindex">' in html
    assert '<p class="label">Sample</p>' in client.get("/stories/").content.decode()


@pytest.mark.parametrize(
    ("teller", "other"),
    [
        ("María Nuñez-Xq", "Maria Nunez-Xq"),
        ("María Nuñez-Xq", "MARIA  NUÑEZ XQ"),
        ("D’Andre", "D'Andre"),
        ("Ana", "Ann"),
        ("…", "…"),
        ("", ""),
    ],
)
def test_stories_of_tellers_with_the_same_name_are_found(
    story_index: StoryIndexPage, teller: str, other: str
) -> None:
    story, another = (
        factories.StoryPageFactory(parent=story_index, teller=name, consent=factories.consent())
        for name in (teller, other)
    )
    same = teller[0:1].isalpha() and other != "Ann"
    assert list(story.others_by_same_person()) == [another] * same


def test_spanish_list_shows_untranslated_stories_marked_as_english(
    stories: list, client: Client
) -> None:
    HomePage.objects.get().copy_for_translation(spanish()).save_revision().publish()
    copy = StoryIndexPage.objects.get().copy_for_translation(spanish())
    copy.slug = "historias"
    copy.save_revision().publish()
    translated = stories[-1].copy_for_translation(spanish())
    translated.title = "La trece"
    translated.save()
    names = [f"S{number}" for number in range(13, 1, -1)]
    assert titles(client, "/es/historias/") == names  # a draft translation hides no story
    StoryPage.objects.filter(pk=translated.pk).update(
        live=True, first_published_at=stories[-1].first_published_at
    )
    assert titles(client, "/es/historias/") == ["La trece", *names[1:]]
    assert titles(client, "/es/historias/?page=2") == ["S1", "S0"]
    html = client.get("/es/historias/").content.decode()
    assert html.count("En inglés") == len(names) - 1
    assert 'lang="en"><a href="/stories/' in html
    assert "S12" not in client.get("/es/historias/feed/").content.decode()
    assert titles(client, "/stories/") == names
    assert "In English" not in client.get("/stories/").content.decode()
