import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from wagtail.models import Locale, Page

from issues.models import IssueIndexPage
from mission.models import HomePage
from search.index import SearchEntry, update_index
from search.normalization import VERSION, _fold, normalize
from tests import factories

BODY = [{"type": "text", "value": "<p>The word naloxone stands only in this body.</p>"}]


def found(client: Client, words: str, path: str = "/search/", **filters: str) -> list[str]:
    response = client.get(path, {"q": words, **filters})
    assert response.status_code == 200
    return [page.title for page in response.context["results"]]


def test_search_finds_words_in_body(issue_index: IssueIndexPage, client: Client) -> None:
    factories.IssuePageFactory(parent=issue_index, title="Care", body=BODY)
    assert found(client, "naloxone") == ["Care"]
    assert found(client, "methadone") == []


def test_search_finds_other_word_forms(issue_index: IssueIndexPage, client: Client) -> None:
    factories.IssuePageFactory(parent=issue_index, title="Arresting", summary="They arrested her")
    assert found(client, "arrests") == ["Arresting"]


def test_bill_of_senate_is_not_any_page_with_its_number(home: HomePage, client: Client) -> None:
    factories.StandardPageFactory(parent=home, title="News", summary="It's the law since 2021")
    factories.StandardPageFactory(parent=home, title="Bill", summary="Congress read S. 2021.")
    for typed in ("S. 2021", "s2021", "S 2021"):
        assert found(client, typed) == ["Bill"]


def test_search_excludes_drafts_and_private_pages(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    factories.IssuePageFactory(parent=issue_index, title="Draft", body=BODY, live=False)
    private = factories.StandardPageFactory(parent=home, title="Private", body=BODY)
    private.view_restrictions.create(restriction_type="password", password="x")
    factories.StandardPageFactory(parent=private, title="Below", body=BODY)
    edited = factories.StandardPageFactory(parent=home, title="Public")
    edited.body = BODY
    edited.save_revision()  # the page is live and now has a draft
    assert found(client, "naloxone") == []
    # The counts do not reveal that such pages exist.
    assert client.get("/search/", {"q": "naloxone"}).context["search"].counts == {}


@pytest.mark.parametrize("words", ["", "   ", "\x00"])
def test_empty_search_has_no_results(home: HomePage, client: Client, words: str) -> None:
    response = client.get("/search/", {"q": words})
    assert response.status_code == 200
    assert response.context["results"] is None


@pytest.fixture
def spanish(home: HomePage) -> HomePage:
    locale = Locale.objects.get_or_create(language_code="es")[0]
    page = home.copy_for_translation(locale)
    page.save_revision().publish()
    return page


def test_search_stems_and_filters_by_language(
    home: HomePage, spanish: HomePage, client: Client
) -> None:
    factories.StandardPageFactory(parent=home, title="Policies", summary="canciones")
    factories.StandardPageFactory(
        parent=spanish,
        title="Canciones",
        summary="La prevención salvó vidas",
        locale=spanish.locale,
    )
    assert found(client, "policy") == ["Policies"]
    assert found(client, "canción", "/es/search/") == ["Canciones"]
    assert found(client, "policy", "/es/search/") == []


@pytest.mark.parametrize(
    "words", ["prevencion", "PREVENCIÓN", "prevenciones", "que vida", "preven"]
)
def test_search_ignores_accents_and_case(
    home: HomePage, spanish: HomePage, client: Client, words: str
) -> None:
    factories.StandardPageFactory(
        parent=spanish,
        title="Más",
        summary="¿Qué? La prevención salvó vidas",
        locale=spanish.locale,
    )
    assert found(client, words, "/es/search/") == ["Más"]
    assert found(client, "mas", "/es/search/") == ["Más"]


@pytest.mark.parametrize("typed", ["decr", "decriminaliz", "decriminalized", "health decrim"])
def test_search_matches_prefix_of_last_word(home: HomePage, client: Client, typed: str) -> None:
    factories.StandardPageFactory(parent=home, title="P", summary="Decriminalization and health")
    assert found(client, typed) == ["P"]
    assert found(client, "decrimi health") == []  # only the last word may be a prefix
    assert found(client, "de") == []


def test_search_ranks_title_then_summary_then_date(home: HomePage, client: Client) -> None:
    def page(title: str, days: int, **fields: object) -> None:
        when = timezone.now() - timedelta(days=days)
        factories.StandardPageFactory(parent=home, title=title, first_published_at=when, **fields)

    page("Older", 9, body=BODY)
    page("Newer", 1, body=BODY)
    page("Summed up", 20, summary="About naloxone")
    page("Naloxone", 30)
    assert found(client, "naloxone") == ["Naloxone", "Summed up", "Newer", "Older"]


def test_search_finds_text_of_each_page_type(every_page: object, client: Client) -> None:
    for words, title in {
        "ohio": "A story",
        "hers": "A story",
        "dear lawmaker": "Write",
        "stay there": "If somebody will not wake up, call",
        "deadline": "An announcement",
    }.items():
        assert title in found(client, words), words


def test_unpublishing_or_deleting_page_deletes_search_entry(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    page = factories.StandardPageFactory(parent=home, title="Gone", body=BODY)
    assert found(client, "naloxone") == ["Gone"]
    page.unpublish()
    assert found(client, "naloxone") == []
    assert not SearchEntry.objects.filter(normalized__contains="naloxone").exists()
    page.save_revision().publish()
    assert found(client, "naloxone") == ["Gone"]
    Page.objects.get(pk=page.pk).delete()
    assert not SearchEntry.objects.filter(normalized__contains="naloxone").exists()


def test_search_excludes_aliases(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    page = factories.StandardPageFactory(parent=home, title="Once", body=BODY)
    page.create_alias(parent=home, update_slug="again")
    assert found(client, "naloxone") == ["Once"]


def test_migration_updates_entries_that_another_version_built(
    issue_index: IssueIndexPage, client: Client
) -> None:
    from django.apps import apps

    missing = factories.IssuePageFactory(parent=issue_index, title="Missing", body=BODY)
    old = factories.IssuePageFactory(parent=issue_index, title="Old", body=BODY)
    current = factories.IssuePageFactory(parent=issue_index, title="Current", body=BODY)
    factories.IssuePageFactory(parent=issue_index, title="Draft", body=BODY, live=False)
    current.create_alias(update_slug="again")
    entries = SearchEntry.objects.all()
    entries.filter(pk=missing.pk).delete()
    entries.filter(pk=old.pk).update(version=VERSION - 1, normalized="", words="")
    entries.filter(pk=current.pk).update(normalized="kept")
    assert found(client, "naloxone") == ["Current"]
    update_index(apps.get_app_config("search"))
    assert set(found(client, "naloxone")) == {"Missing", "Old", "Current"}
    assert entries.get(pk=current.pk).normalized == "kept"


def test_search_index_ignores_unsaved_fields(home: HomePage, client: Client) -> None:
    page = factories.StandardPageFactory(parent=home, title="Public")
    page.body = BODY
    page.save(update_fields=["draft_title"])
    assert found(client, "naloxone") == []


def test_search_uses_gin_index(home: HomePage, client: Client) -> None:
    factories.StandardPageFactory(parent=home, body=BODY)
    with connection.cursor() as cursor:
        # With so few pages, PostgreSQL would not use the index.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        with connection.execute_wrapper(explained := Explained()):
            assert client.get("/search/?q=naloxone").status_code == 200
    assert len(explained.plans) == 2  # counts by type, and results
    for plan in explained.plans:
        assert "search_words" in json.dumps(plan)


class Explained:
    """Database wrapper that records the query plan of each search."""

    def __init__(self) -> None:
        self.plans: list[object] = []

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        if "@@" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                self.plans.append(cursor.fetchone()[0])
        return execute(sql, params, many, context)


@pytest.mark.parametrize(
    "words",
    [
        *("'", '"a', "a & | !", "a:* <-> b", "\x00null", "x" * 5000, "x " * 100, "<script>", "🌊"),
        *(
            "\\",
            "%",
            "_",
            "a_b",
            "!!",
            "(",
            "ß",
            "İ",
            "ﬁne",
            "١٢٣",
            "e\u0301",
            "日本語",
            "the",
            "a",
        ),
        *("1e5", "3.14", "-19", "www.example.org", "me@example.org", "&lt;", "\u202e"),
    ],
)
def test_search_escapes_special_characters(home: HomePage, client: Client, words: str) -> None:
    response = client.get("/search/", {"q": words})
    assert response.status_code == 200
    assert b"<script>" not in response.content


def test_search_accepts_invalid_utf8(home: HomePage, client: Client) -> None:
    assert client.get("/search/?q=%ED%A0%BC%FF&kind=%FF&issue=%00&page=%00").status_code == 200


def test_result_pagination_keeps_query(home: HomePage, client: Client) -> None:
    for _ in range(12):
        factories.StandardPageFactory(parent=home, summary="Tom & Ana")
    first = client.get("/search/", {"q": "tom & ana"})
    assert len(first.context["results"]) == 10
    assert "?q=tom+%26+ana&amp;page=2" in first.content.decode()
    assert len(client.get("/search/?q=tom+%26+ana&page=2").context["results"]) == 2
    assert len(client.get("/search/?q=tom+%26+ana&page=99").context["results"]) == 2


def test_search_page_is_noindex(home: HomePage, client: Client) -> None:
    response = client.get("/search/?q=buy+things+online")
    assert response["X-Robots-Tag"] == "noindex"
    assert b'<meta name="robots" content="noindex">' in response.content
    robots = client.get("/robots.txt").content
    assert b"Sitemap:" in robots
    assert b"search" not in robots  # a blocked crawler would not see noindex


def test_search_allows_only_get_and_head(home: HomePage, client: Client) -> None:
    assert client.post("/search/").status_code == 405


def test_normalizing_keeps_few_characters_in_memory() -> None:
    normalize("".join(map(chr, range(0x4E00, 0x9FFF))))
    assert _fold.cache_info().currsize <= 5_000


def test_page_with_very_many_different_words_is_saved_and_found(
    home: HomePage, client: Client
) -> None:
    words = " ".join(f"{number:x}ñandú" for number in range(150_000))
    body = [("text", f"<p>Naloxone {words}</p>")]
    factories.StandardPageFactory(parent=home, title="Very long", body=body)
    assert found(client, "naloxone") == found(client, "long") == ["Very long"]
