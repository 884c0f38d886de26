from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Locale
from wagtail.rich_text import expand_db_html

from editorial.blocks.body import RICH_TEXT
from editorial.sources.rich_text import Source, number_sources, stored_mark
from issues.models import IssueIndexPage
from mission.models import HomePage
from tests import factories

ONE = {"title": 'The "first" <report> & more', "url": "https://www.example.org/?a=1&b=2"}
TWO = {"title": "It's the second", "publisher": "A bureau", "published": "March 2024"}


def words(*sources: dict) -> str:
    return f"<p>Words{''.join(stored_mark(source) for source in sources)}</p>"


def read(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_source_numbers_follow_order_and_are_shared() -> None:
    one, two = Source("One"), Source("Two")
    html = number_sources(f"<p>a{two.mark()} b{one.mark()} c{two.mark()}</p>")
    assert html.index('id="mark-1" href="#source-1"') < html.index('id="mark-2" href="#source-2"')
    assert 'id="mark-1-2" href="#source-1"' in html
    assert html.index("Two") < html.index("One")
    assert html.count('class="back" href="#mark-1') == 2
    assert html.count("<li") == 2


def test_text_without_sources_is_unchanged() -> None:
    assert number_sources("<p>Words</p>") == "<p>Words</p>"


def test_source_marks_survive_rich_text_conversion() -> None:
    converter = ContentstateConverter(RICH_TEXT)
    stored = words(ONE, TWO)
    state = converter.from_database_format(stored)
    again = converter.to_database_format(state)
    assert converter.from_database_format(again).count('"SOURCE"') == 2
    for _ in range(2):  # saving the text again changes nothing
        again = converter.to_database_format(converter.from_database_format(again))
    assert again.count('linktype="source"') == 2
    assert "It's the second" in unescape(again)
    assert "&amp;amp;" not in again


@pytest.mark.parametrize(
    ("page", "field", "kind"),
    [
        ("issue", "body", "text"),
        ("issue", "what_we_do", ""),
        ("story", "body", "text"),
        ("about", "body", "text"),
        ("action", "result", ""),
        ("home", "mission", ""),
        ("home", "sections", "text"),
        ("urgent", "law", ""),
        ("issue_index", "introduction", ""),
        ("story_index", "introduction", ""),
    ],
)
def test_sources_work_in_every_rich_text_field(
    every_page: SimpleNamespace, page: str, field: str, kind: str
) -> None:
    found = getattr(every_page, page)
    found.refresh_from_db()
    if page == "action":
        found.closes_on = "2020-01-01"
    setattr(found, field, [{"type": kind, "value": words(ONE)}] if kind else words(ONE))
    found.save_revision().publish()
    html = read(found.url)
    assert "The “first” &lt;report&gt; &amp; more" in html
    assert 'href="https://www.example.org/?a=1&amp;b=2"' in html
    assert "data-source" not in html
    assert "†" not in html


def test_sources_of_claims_and_answers_share_one_list(home: HomePage) -> None:
    answer = {"question": "Why?", "answer": words(TWO)}
    page = factories.StandardPageFactory(parent=home, slug="facts")
    page.body = [
        {"type": "claim", "value": {"statement": "A claim", "source": "A law", "archived": ""}},
        {"type": "accordion", "value": {"heading": "", "answers": [answer]}},
    ]
    page.save()
    html = read("/facts/")
    assert html.count('class="source-number"') == 2
    assert html.index("A law") < html.index("It&#x27;s the second, A bureau, March 2024")


def test_table_of_contents_has_link_to_sources_and_no_source_numbers(home: HomePage) -> None:
    heading = f"<h2>First{stored_mark(ONE)}</h2><h2>Second</h2>"
    page = factories.StandardPageFactory(parent=home, slug="long")
    page.body = [{"type": "text", "value": heading}]
    page.save()
    html = read("/long/")
    assert '<a href="#sources">Sources</a>' in html
    assert '<a href="#to-first">First</a>' in html


def test_source_marks_survive_html_reserialization() -> None:
    again = str(BeautifulSoup(words(ONE), "html.parser"))
    assert "The “first” &lt;report&gt; &amp; more" in number_sources(expand_db_html(again))


def test_sources_are_kept_in_copies_and_translations(home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="facts")
    page.body = [{"type": "text", "value": words(ONE, TWO)}]
    page.save()
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    copy = page.copy(update_attrs={"slug": "copy"})
    translation = page.copy_for_translation(spanish, copy_parents=True)
    for found in (copy, translation):
        assert str(found.specific.body).count('data-source="') == 2


def test_sources_need_no_queries(
    issue_index: IssueIndexPage, queries: Callable[[str], list[str]]
) -> None:
    page = factories.IssuePageFactory(parent=issue_index, slug="first")
    page.body = [{"type": "text", "value": "<p>Words</p>"}]
    page.save()
    before = len(queries("/issues/first/"))
    page.body = [{"type": "text", "value": words(*({"title": f"No. {n}"} for n in range(100)))}]
    page.save()
    assert len(queries("/issues/first/")) == before


def test_source_form_rejects_missing_title_and_script_url(
    admin_client: Client,
) -> None:
    script = {"source-title": "T", "source-url": "javascript:alert(1)"}
    for wrong, sentence in (
        ({"source-title": ""}, "This field is required."),
        (script, "Enter a valid URL."),
    ):
        response = admin_client.post(reverse("choose_source"), wrong).json()
        assert response["step"] == "ask"
        assert sentence in response["html"]
    fine = admin_client.post(reverse("choose_source"), {"source-title": "T"}).json()
    assert fine["source"]["title"] == "T"


@pytest.mark.parametrize("field", ["url", "archived"])
def test_source_with_script_url_is_not_linked(field: str) -> None:
    mark = Source.of({"title": "T", field: "javascript:alert(1)"}).mark()
    assert "href" not in mark
    assert "T" in mark
    for html in (mark, number_sources(mark)):
        assert "javascript:" not in html
