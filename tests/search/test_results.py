"""Search results: filters, counts and excerpts with marked matches."""

import pytest
from django.test import Client

from mission.models import HomePage
from search.index import normalize
from search.query import EXCERPT, excerpt
from tests import every_page, factories
from tests.contents import SOURCES
from tests.databases import Content
from tests.search.test_search import BODY, found


def make_search_pages() -> None:
    home = every_page.make_home()
    issue_index, story_index = every_page.make_issue_index(home), every_page.make_story_index(home)
    news_index = every_page.make_news_index(home)
    issue = factories.IssuePageFactory(parent=issue_index, title="Care", slug="care", body=BODY)
    other = factories.IssuePageFactory(parent=issue_index, title="Other", slug="other", body=BODY)
    story = factories.StoryPageFactory(parent=story_index, title="Told", body=BODY)
    news = factories.NewsPageFactory(parent=news_index, title="Said", body=BODY)
    for page, about in ((story, [issue]), (news, [issue, other])):
        page.issues.set(about)
        page.save()
    factories.ActionPageFactory(parent=home, title="Write", body=BODY)
    factories.StandardPageFactory(parent=home, title="About", body=BODY)


SEARCHED = ("tests/search/test_results.py", "tests/search/test_search.py")
CONTENTS = {"search_pages": Content("search_pages", make_search_pages, (*SEARCHED, *SOURCES))}


@pytest.fixture
def search_pages(db: None) -> None:
    """Pages of each type with “naloxone”. The story has one issue and the news item has both."""


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"kind": "issue"}, {"Care", "Other"}),
        ({"kind": "story"}, {"Told"}),
        ({"kind": "news"}, {"Said"}),
        ({"kind": "action"}, {"Write"}),
        ({"kind": "page"}, {"About"}),
        ({"issue": "care"}, {"Care", "Told", "Said"}),
        ({"issue": "other", "kind": "news"}, {"Said"}),
        ({"issue": "other", "kind": "story"}, set()),
        ({"kind": "poem", "issue": "none"}, {"Care", "Other", "Told", "Said", "Write", "About"}),
    ],
)
def test_results_are_filtered_by_type_and_issue(
    search_pages: None, client: Client, filters: dict[str, str], titles: set[str]
) -> None:
    assert set(found(client, "naloxone", **filters)) == titles


def test_type_chips_show_counts(search_pages: None, client: Client) -> None:
    def numbers(**filters: str) -> dict[str, int | None]:
        chips = client.get("/search/", {"q": "naloxone", **filters}).context["chips"]
        return {chip.title: chip.page_count for chip in chips}

    all_kinds = {"Everything": None, "Issues": 2, "Stories": 1, "News": 1, "Actions": 1, "Pages": 1}
    assert numbers() == all_kinds
    assert numbers(kind="news") == all_kinds
    assert numbers(issue="care") == {"Everything": None, "Issues": 1, "Stories": 1, "News": 1}
    html = client.get("/search/?q=naloxone&issue=care&kind=news").content.decode()
    assert '<option value="care" selected>Care</option>' in html
    assert 'href="/search/?q=naloxone&amp;kind=story&amp;issue=care"' in html


def marked(text: str, matches: list[str], last_word: str = "zz") -> str:
    """The excerpt of `text`, for a query that found `matches` and ends with `last_word`."""
    normalized = normalize(text)
    for match in matches:
        normalized = normalized.replace(normalize(match), f"\x02{normalize(match)}\x03")
    return excerpt(text, normalized, last_word)


def test_excerpt_marks_matches_in_original_text(home: HomePage, client: Client) -> None:
    text = "Sé que la «Prevención» & <b>el cuidado</b> salvan."
    assert marked(text, ["Prevención", "cuidado"]) == (
        "Sé que la «<mark>Prevención</mark>» &amp; &lt;b&gt;el "
        "<mark>cuidado</mark>&lt;/b&gt; salvan."
    )
    assert marked(text, [], "preve") == marked(text, ["Prevención"])
    assert "<mark" not in marked(text, [])
    factories.StandardPageFactory(parent=home, summary='Care <script>"&" cared for')
    html = client.get("/search/?q=caring").content.decode()
    assert "<mark>Care</mark> &lt;script&gt;&quot;&amp;&quot; <mark>cared</mark> for" in html


def test_excerpt_has_whole_words_where_most_matches_are() -> None:
    filler = "uno dos tres cuatro " * 60
    text = f"{filler}salvan {filler}la prevención del daño salvan vidas {filler}"
    shown = str(marked(text, ["salvan", "prevención", "daño"]))
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "<mark>prevención</mark> del <mark>daño</mark> <mark>salvan</mark> vidas" in shown
    bare = shown.replace("<mark>", "").replace("</mark>", "").strip("… ")
    assert f" {bare} " in text
    assert len(bare) <= EXCERPT
    assert len(marked("x" * 5000, [])) < 2 * EXCERPT
    assert marked("", []) == ""
