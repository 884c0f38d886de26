import pytest
from django.test import Client

from issues.models import IssueIndexPage
from mission.models import HomePage
from tests import factories

BODY = [{"type": "text", "value": "<p>The word naloxone stands only in this body.</p>"}]


def found(client: Client, words: str) -> list[str]:
    response = client.get("/search/", {"q": words})
    assert response.status_code == 200
    return [page.title for page in response.context["results"]]


def test_finds_words_inside_a_body(issue_index: IssueIndexPage, client: Client) -> None:
    factories.IssuePageFactory(parent=issue_index, title="Care", body=BODY)
    assert found(client, "naloxone") == ["Care"]
    assert found(client, "methadone") == []


def test_finds_other_forms_of_a_word(issue_index: IssueIndexPage, client: Client) -> None:
    factories.IssuePageFactory(parent=issue_index, title="Arresting", summary="They arrested her")
    assert found(client, "arrests") == ["Arresting"]


def test_never_finds_drafts_private_pages_or_pages_below_private_ones(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    factories.IssuePageFactory(parent=issue_index, title="Draft", body=BODY, live=False)
    private = factories.StandardPageFactory(parent=home, title="Private", body=BODY)
    private.view_restrictions.create(restriction_type="password", password="x")
    factories.StandardPageFactory(parent=private, title="Below", body=BODY)
    edited = factories.StandardPageFactory(parent=home, title="Public")
    edited.body = BODY
    edited.save_revision()  # a draft of a live page
    assert found(client, "naloxone") == []


@pytest.mark.parametrize("words", ["", "   "])
def test_no_question_no_answer(home: HomePage, client: Client, words: str) -> None:
    response = client.get("/search/", {"q": words})
    assert response.status_code == 200
    assert response.context["results"] is None


@pytest.mark.parametrize("words", ["'", '"a', "a & | !", "\x00null", "x" * 5000, "<script>", "🌊"])
def test_odd_words_break_nothing_and_are_escaped(
    home: HomePage, client: Client, words: str
) -> None:
    response = client.get("/search/", {"q": words})
    assert response.status_code == 200
    assert b"<script>" not in response.content


def test_pages_of_results_keep_the_words(home: HomePage, client: Client) -> None:
    for _ in range(12):
        factories.StandardPageFactory(parent=home, summary="Tom & Ana")
    first = client.get("/search/", {"q": "tom & ana"})
    assert len(first.context["results"]) == 10
    assert "?q=tom+%26+ana&amp;page=2" in first.content.decode()
    assert len(client.get("/search/?q=tom+%26+ana&page=2").context["results"]) == 2
    assert len(client.get("/search/?q=tom+%26+ana&page=99").context["results"]) == 2


def test_search_pages_stay_out_of_search_engines(home: HomePage, client: Client) -> None:
    response = client.get("/search/?q=buy+things+online")
    assert response["X-Robots-Tag"] == "noindex"
    assert b'<meta name="robots" content="noindex">' in response.content
    assert b"Disallow: /search/" in client.get("/robots.txt").content


def test_only_get_and_head(home: HomePage, client: Client) -> None:
    assert client.post("/search/").status_code == 405
