"""Search results: filters, counts and excerpts with marked matches."""

import time

import pytest
from django.test import Client

from mission.models import HomePage
from search.excerpts import MAX_LENGTH, Excerpt, excerpt
from search.normalization import normalize
from search.passages import sentences
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
    html = client.get("/search/", {"q": "naloxone", **filters}).content.decode()
    is_offered = '<a href="?q=naloxone">Search without filters</a>' in html
    assert is_offered == (not titles)


def test_type_chips_show_counts(search_pages: None, client: Client) -> None:
    def numbers(**filters: str) -> dict[str, int | None]:
        chips = client.get("/search/", {"q": "naloxone", **filters}).context["chips"]
        return {chip.title: chip.page_count for chip in chips}

    all_kinds = {"Everything": None, "Issues": 2, "Stories": 1, "News": 1, "Actions": 1, "Pages": 1}
    assert numbers() == all_kinds
    assert numbers(kind="news") == all_kinds
    assert numbers(issue="care") == {"Everything": None, "Issues": 1, "Stories": 1, "News": 1}
    html = client.get("/search/?q=naloxone&issue=care&kind=news").content.decode()
    assert (
        'href="/search/?q=naloxone&amp;kind=news&amp;issue=care" aria-current="true">Care<' in html
    )
    assert 'href="/search/?q=naloxone&amp;kind=story&amp;issue=care"' in html


def excerpt_of(text: str, *matches: str, beginning: str = "") -> Excerpt:
    """The excerpt of a page's text in which `matches` are found."""
    normalized = "\n".join(normalize(row.partition("\t")[2]) for row in text.split("\n"))
    for match in map(normalize, matches):
        normalized = normalized.replace(match, f"\x02{match}\x03")
    return excerpt(text, normalized, beginning)


def test_excerpt_marks_matches_in_original_text(home: HomePage, client: Client) -> None:
    text = "\tSé que la «Prevención» & <b>el cuidado</b> salvan."
    assert excerpt_of(text, "Prevención", "cuidado").text == (
        "Sé que la «<mark>Prevención</mark>» &amp; &lt;b&gt;el "
        "<mark>cuidado</mark>&lt;/b&gt; salvan."
    )
    assert excerpt_of(text, beginning="preve") == excerpt_of(text, "Prevención")
    assert "<mark" not in excerpt_of(text).text
    factories.StandardPageFactory(parent=home, summary='Care <script>"&" cared for')
    html = client.get("/search/?q=caring").content.decode()
    assert "<mark>Care</mark> &lt;script&gt;&quot;&amp;&quot; <mark>cared</mark> for" in html


ROWS = """\tA summary of all.
1\tWhat we want
1\tCare comes first.
1\tPeople who ask for care get care.
1\tNobody waits.
5\tWho pays
5\tThe state pays for care."""


@pytest.mark.parametrize(
    ("match", "heading", "text"),
    [
        ("care", "What we want", "<mark>Care</mark> comes first."),
        ("state", "Who pays", "The <mark>state</mark> pays for care."),
        ("wants", "", "A summary of all."),
        ("what", "<mark>What</mark> we want", "Care comes first."),
        ("summary", "", "A <mark>summary</mark> of all."),
    ],
)
def test_excerpt_has_whole_sentences_and_their_heading(match: str, heading: str, text: str) -> None:
    found = excerpt_of(ROWS, match)
    assert found.heading == heading
    assert found.text.startswith(text)
    assert found.text.endswith(".")


def test_excerpt_of_a_long_sentence_is_cut_at_words() -> None:
    filler = "uno dos tres cuatro " * 60
    text = f"{filler}la prevención del daño salvan vidas {filler}"
    shown = str(excerpt_of(f"\t{text}", "prevención", "daño").text)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "la <mark>prevención</mark> del <mark>daño</mark> salvan vidas" in shown
    bare = shown.replace("<mark>", "").replace("</mark>", "").strip("… ")
    assert f" {bare} " in text
    assert len(bare) <= MAX_LENGTH
    assert len(excerpt_of("\t" + "x" * 5000).text) < 2 * MAX_LENGTH
    assert excerpt_of("").text == ""


@pytest.mark.parametrize("text", ["a" * 100_000, "!" * 100_000 + "a"], ids=["word", "marks"])
def test_sentences_are_found_in_a_time_that_does_not_grow_with_the_square(text: str) -> None:
    start = time.process_time()
    assert "".join(sentences(text)) == text
    assert time.process_time() - start < 2  # seconds


def test_headings_do_not_run_into_the_text(home: HomePage, client: Client) -> None:
    html = (
        "<h2>How it works</h2><p>A nurse is there. H.R. 12 pays for it, and Dr. Lee agrees.</p>"
        "<ul><li>Test the drugs</li><li>Stay</li></ul><h3>Who comes</h3><p>Everybody.</p>"
    )
    answers = [{"question": "Is it legal?", "answer": "<p>In two states.</p>"}]
    body = [
        {"type": "text", "value": html},
        {"type": "accordion", "value": {"heading": "Questions", "answers": answers}},
        {"type": "text", "value": "<p>The end.</p>"},
    ]
    factories.StandardPageFactory(parent=home, summary="Short.", body=body)
    for words, heading, text in (
        ("nurse", "How it works", "A <mark>nurse</mark> is there. H.R. 12 pays"),
        ("lee", "How it works", "H.R. 12 pays for it, and Dr. <mark>Lee</mark> agrees. Test"),
        ("everybody", "Who comes", "<mark>Everybody</mark>."),
        ("states", "Is it legal?", "In two <mark>states</mark>."),
        ("legal", "Is it <mark>legal</mark>?", "In two states."),
        ("end", "", "The <mark>end</mark>."),
    ):
        hit = client.get("/search/", {"q": words}).context["results"][0]
        assert hit.excerpt.heading == heading
        assert hit.excerpt.text.startswith(text), words
