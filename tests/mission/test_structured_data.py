"""Structured data is complete, matches the page and reveals nothing private."""

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime
from wagtail.models import Site

from editorial.structured_data import schema_object
from mission.models import StandardPage
from news.models import NewsIndexPage
from site_settings.models import SiteSettings
from tests import factories
from tests.every_page import PUBLIC_PATHS

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
# Properties that consumers of each schema.org type need.
NEEDED = {
    "Organization": {"name"},
    "Article": {"headline", "author", "publisher", "url", "inLanguage"},
    "NewsArticle": {"headline", "author", "publisher", "url", "inLanguage"},
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "name", "item"},
    "FAQPage": {"mainEntity"},
    "Question": {"name", "acceptedAnswer"},
    "Answer": {"text"},
}


def graph_at(client: Client, path: str) -> dict[str, dict]:
    response = client.get(path)
    assert response.status_code == (404 if path == "/not-here/" else 200), path
    return graph(response.content.decode())


def graph(html: str) -> dict[str, dict]:
    """The schema.org objects in `html`, by type."""
    blocks = BLOCK.findall(html)
    assert len(blocks) <= 1
    if not blocks:
        return {}
    data = json.loads(blocks[0])
    assert data["@context"] == "https://schema.org"
    types = [thing["@type"] for thing in data["@graph"]]
    assert len(types) == len(set(types))
    return {thing["@type"]: thing for thing in data["@graph"]}


def set_organization(organization: str = "River Alliance", **values: str) -> None:
    found = SiteSettings.for_site(Site.objects.get())
    found.organization = organization
    for name, value in values.items():
        setattr(found, name, value)
    found.save()


def assert_complete(thing: object) -> None:
    if isinstance(thing, list):
        for one in thing:
            assert_complete(one)
    elif isinstance(thing, dict):
        assert NEEDED[thing["@type"]] <= thing.keys()
        for name, value in thing.items():
            assert value, name
            assert_complete(value)
            if name in {"url", "item", "logo", "image"}:
                assert value.startswith("http://testserver/")
            if name.startswith("date"):
                assert parse_datetime(value)


def test_structured_data_is_complete(every_page: SimpleNamespace, client: Client) -> None:
    set_organization(tagline="For rivers", social_links="Mastodon https://social.example.org/river")
    for path in [path for path in PUBLIC_PATHS if path != "/not-here/"]:
        for thing in graph_at(client, path).values():
            assert_complete(thing)


def test_structured_data_has_type_of_page(every_page: SimpleNamespace, client: Client) -> None:
    set_organization()
    types = {
        every_page.home: {"Organization"},
        every_page.issue: {"Article", "BreadcrumbList", "FAQPage"},
        every_page.voice: {"Article", "BreadcrumbList"},
        every_page.story: {"BreadcrumbList", "FAQPage"},  # a sample has no article
        every_page.news: {"BreadcrumbList", "FAQPage"},  # a sample has no article
        every_page.action: {"FAQPage"},
        every_page.about: set(),
        every_page.urgent: set(),
        every_page.news_index: set(),
    }
    for page, expected in types.items():
        assert graph_at(client, page.url).keys() == expected, page.url


def test_page_type_can_override_structured_data(
    every_page: SimpleNamespace, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def structured_data(page: StandardPage, request: object, picture: str) -> Iterator[dict]:
        yield schema_object("Event", name=page.title, location="", url=page.full_url)

    monkeypatch.setattr(StandardPage, "structured_data", structured_data)
    # Empty values, such as `location`, are left out.
    assert graph_at(client, every_page.about.url) == {
        "Event": {"@type": "Event", "name": "About", "url": "http://testserver/about/"}
    }


def test_structured_data_matches_page_text(every_page: SimpleNamespace, client: Client) -> None:
    set_organization("River & Alliance", tagline="For rivers")
    issue = every_page.issue
    issue.save_revision().publish()
    issue.refresh_from_db()
    html = client.get(issue.url).content.decode()
    said = graph(html)
    assert said["Article"] == {
        "@type": "Article",
        "headline": "Harm “reduction” & care",
        "description": "A summary.",
        "url": "http://testserver/issues/harm-reduction-care/",
        "inLanguage": "en",
        "datePublished": issue.first_published_at.isoformat(),
        "dateModified": issue.last_published_at.isoformat(),
        "author": {"@type": "Organization", "name": "River & Alliance"},
        "publisher": {"@type": "Organization", "name": "River & Alliance"},
    }
    assert f'<link rel="canonical" href="{said["Article"]["url"]}">' in html
    trail = said["BreadcrumbList"]["itemListElement"]
    assert [(one["position"], one["name"], one["item"]) for one in trail] == [
        (1, "Issues", "http://testserver/issues/"),
        (2, issue.title, said["Article"]["url"]),
    ]
    question = said["FAQPage"]["mainEntity"][0]
    answer = question["acceptedAnswer"]["text"]
    assert (question["name"], answer) == ("Is this legal?", "In some states.")
    home = graph(client.get("/").content.decode())["Organization"]
    assert (home["name"], home["slogan"]) == ("River & Alliance", "For rivers")


def test_structured_data_names_speaker_but_no_storyteller(
    every_page: SimpleNamespace, client: Client
) -> None:
    set_organization("River Alliance", action_fund="River Action")
    every_page.news.kind, every_page.news.byline = "statement", ""
    for page in (every_page.news, every_page.story):
        page.is_sample = False
        page.save()
    news = graph(client.get(every_page.news.url).content.decode())["NewsArticle"]
    assert news["author"]["name"] == "River Action"
    assert news["publisher"]["name"] == "River Alliance"
    story = client.get(every_page.story.url).content.decode()
    assert "Ana" in story
    assert "Ana" not in json.dumps(graph(story))


def test_structured_data_escapes_script_end(news_index: NewsIndexPage, client: Client) -> None:
    set_organization()
    bad = "</script><script>alert(1)</script><!-- &"
    item = factories.NewsPageFactory(parent=news_index, title=bad, slug="bad")
    html = client.get(item.url).content.decode()
    assert graph(html)["NewsArticle"]["headline"] == bad
    scripts = re.findall(r"<script[^>]*>", html.partition("</head>")[0])
    assert scripts == ['<script type="application/ld+json">']
    assert "alert(1)" not in html.partition("</head>")[2].replace("&lt;script&gt;alert(1)", "")


def test_accordion_without_questions_is_not_faq(home: object, client: Client) -> None:
    answers = [{"question": "Why?", "answer": "<p>A.</p>"}, {"question": "Dates", "answer": ""}]
    body = [{"type": "accordion", "value": {"heading": "More", "answers": answers}}]
    page = factories.StandardPageFactory(parent=home, body=json.dumps(body))
    assert graph_at(client, page.url) == {}
    answers[1] = {"question": "When?", "answer": "<p>B.</p>"}
    page.body = [{"type": "accordion", "value": {"heading": "More", "answers": answers}}]
    page.save()
    assert graph_at(client, page.url).keys() == {"FAQPage"}


def test_views_without_page_have_no_structured_data(
    every_page: SimpleNamespace, client: Client
) -> None:
    set_organization()
    for path in ("/search/", "/search/?q=words", "/quick-exit/", "/not-here/"):
        assert graph_at(client, path) == {}
