import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate, now
from wagtail.models import Site

from consent.models import ConsentRecord
from editorial.attribution import Speaker
from editorial.publishing.rules import PublishingRefused
from issues.models import IssueIndexPage
from news.choices import NewsType
from news.models import NewsIndexPage, NewsPage
from search.models import SearchEntry
from site_settings.models import SiteSettings
from tests import factories
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home, make_issue_index, make_news_index


def make_news_items() -> None:
    home = make_home()
    news_index, issue_index = make_news_index(home), make_issue_index(home)
    care = factories.IssuePageFactory(parent=issue_index, title="Care", slug="care")
    factories.IssuePageFactory(parent=issue_index, title="Nothing said", slug="nothing-said")
    for number in range(15):
        item = factories.NewsPageFactory(
            parent=news_index,
            title=f"N{number}",
            kind=NewsType.values[number % 3],
            first_published_at=datetime(2024 + number // 5, 3, 1 + number, 12, tzinfo=UTC),
        )
        if item.kind == NewsType.STATEMENT:
            item.issues.add(care)
            item.save()


CONTENTS = {
    "news_items": Content("news_items", make_news_items, ("tests/news/test_news.py", *SOURCES))
}


@pytest.fixture
def news_items(db: None) -> list[NewsPage]:
    """Fifteen items from three years, five of each type. The statements are about care."""
    return list(NewsPage.objects.order_by("path"))


def titles(client: Client, query: str = "") -> list[str]:
    return [item.title for item in client.get(f"/news/?{query}").context["listed"]]


def counts(client: Client, query: str = "") -> dict[str, int | None]:
    rows = client.get(f"/news/?{query}").context["filter_rows"]
    return {chip.title: chip.page_count for _label, row in rows for chip in row}


def test_news_list_is_paginated_newest_first(news_items: list, client: Client) -> None:
    assert titles(client) == [f"N{n}" for n in range(14, 2, -1)]
    assert titles(client, "page=2") == ["N2", "N1", "N0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=blog", [14, 11, 8, 5, 2]),
        ("year=2025", [9, 8, 7, 6, 5]),
        ("issue=care", [13, 10, 7, 4, 1]),
        ("kind=blog&year=2025", [8, 5]),
        ("issue=care&year=2024&kind=statement", [4, 1]),
        ("kind=blog&issue=care", []),
        ("year=1999", []),
        ("issue=nothing-said", []),
        ("kind=&year=&issue=", range(14, 2, -1)),
    ],
)
def test_news_list_is_filtered(
    news_items: list, client: Client, query: str, found: list[int]
) -> None:
    assert titles(client, query) == [f"N{n}" for n in found]
    if not found:
        assert "There is no news here yet." in client.get(f"/news/?{query}").content.decode()


def test_chip_counts_apply_other_filters(news_items: list, client: Client) -> None:
    everything = {"All types": None, "All years": None, "All issues": None}
    kinds = {"Press release": 5, "Statement": 5, "Blog": 5}
    years = {"2026": 5, "2025": 5, "2024": 5}
    assert counts(client) == everything | kinds | years | {"Care": 5}
    assert counts(client, "kind=statement&year=2024") == everything | {
        **{"Press release": 2, "Statement": 2, "Blog": 1},
        **{"2026": 2, "2025": 1, "2024": 2},
        "Care": 2,
    }
    html = client.get("/news/?kind=statement&year=2024").content.decode()
    assert 'href="/news/?kind=blog&amp;year=2024"' in html
    assert 'href="/news/?kind=statement"' in html


def test_pagination_keeps_filters(news_items: list, client: Client) -> None:
    for number in range(8):
        factories.NewsPageFactory(parent=news_items[0].get_parent(), title=f"More {number}")
    html = client.get("/news/?kind=press-release").content.decode()
    assert 'href="?kind=press-release&amp;page=2"' in html


@pytest.mark.parametrize(
    "query",
    [
        *("kind=poem", "year=20", "year=9999", "year=-1", "year=x", "issue=none", "issue=%00"),
        *("page=9", "page=x", "kind=blog%00"),
    ],
)
def test_news_list_rejects_invalid_filters(news_items: list, client: Client, query: str) -> None:
    assert client.get(f"/news/?{query}").status_code == 404


def test_news_page_shows_type_date_and_speaker(news_index: NewsIndexPage, client: Client) -> None:
    found = SiteSettings.for_site(Site.objects.get())
    found.organization, found.action_fund = "River Alliance", "River Action"
    found.save()
    day = datetime(2026, 3, 3, 2, tzinfo=UTC)  # March 2 in New York
    item = factories.NewsPageFactory(
        parent=news_index,
        kind=NewsType.STATEMENT,
        speaker=Speaker.ACTION_FUND,
        first_published_at=day,
    )
    for url in (item.url, "/news/"):
        html = client.get(url).content.decode()
        assert "March 2, 2026</time>, Statement, River Action</p>" in html
    feed = client.get("/news/feed/").content.decode()
    assert "<author><name>River Alliance</name></author>" in feed
    assert "<author><name>River Action</name></author>" in feed.partition("<entry>")[2]
    item.speaker = Speaker.ORGANIZATION
    item.save()
    assert "</time>, Statement, River Alliance</p>" in client.get(item.url).content.decode()


def test_date_of_news_may_be_earlier_than_its_publication(
    news_index: NewsIndexPage, client: Client
) -> None:
    """List, feed, filter by year, structured data and page show the same date."""
    found = SiteSettings.for_site(Site.objects.get())
    found.organization = "River Alliance"
    found.save()
    factories.NewsPageFactory(
        parent=news_index, title="Newer", first_published_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    item = factories.NewsPageFactory(parent=news_index, title="Older", live=False)
    item.published_on, item.byline = date(2019, 3, 2), "Rosa Diaz"
    item.save_revision().publish()
    assert titles(client) == ["Newer", "Older"]
    assert titles(client, "year=2019") == ["Older"]
    feed = client.get("/news/feed/").content.decode().partition("<title>Older")[2]
    assert "<published>2019-03-02T17:00:00+00:00</published>" in feed
    assert "<name>Rosa Diaz</name>" in feed
    html = client.get(item.url).content.decode()
    eyebrow = '<time datetime="2019-03-02">March 2, 2019</time>, Press release, River Alliance'
    assert f"{eyebrow}, by Rosa Diaz</p>" in html
    assert '"datePublished": "2019-03-02T17:00:00+00:00"' in html
    assert '{"@type": "Person", "name": "Rosa Diaz"}' in html
    assert SearchEntry.objects.get(pk=item.pk).published_at.year == 2019

    item.published_on = None
    item.save_revision().publish()  # now the day on which the page first went live applies
    item.refresh_from_db()
    assert item.first_published_at.date() == datetime.now(UTC).date()
    assert titles(client) == ["Older", "Newer"]


def test_date_on_the_day_of_publication_keeps_the_time(news_index: NewsIndexPage) -> None:
    item = factories.NewsPageFactory(parent=news_index, live=False)
    item.published_on = localdate()
    item.save_revision().publish()
    item.refresh_from_db()
    assert datetime.now(UTC) - item.first_published_at < timedelta(minutes=5)


def test_news_is_not_published_with_a_later_date(news_index: NewsIndexPage) -> None:
    item = factories.NewsPageFactory(parent=news_index, live=False)
    item.published_on = localdate() + timedelta(days=2)
    assert [name for name, _sentence in item.publishing_errors()] == ["published_on"]
    item.go_live_at = now() + timedelta(days=3)
    assert not list(item.publishing_errors())


def test_report_in_the_media_needs_outlet_and_link(
    news_index: NewsIndexPage, client: Client
) -> None:
    item = factories.NewsPageFactory(
        parent=news_index, kind="in-the-media", outlet="", outlet_url="", live=False
    )
    revision = item.save_revision()
    assert [name for name, _sentence in item.publishing_errors()] == ["outlet", "outlet_url"]
    with pytest.raises(PublishingRefused):
        revision.publish()
    item.outlet, item.outlet_url = "The Daily", "https://daily.example.org/one"
    item.save_revision().publish()
    html = client.get(item.url).content.decode()
    assert 'href="https://daily.example.org/one">Read it at The Daily</a>' in html
    assert '"mentions": {"@type": "NewsArticle", "url": "https://daily.example.org/one"' in html
    assert '"@type": "NewsArticle", "headline"' not in html
    assert "</time>, In the media, The Daily</p>" in client.get("/news/").content.decode()
    assert "<name>The Daily</name>" in client.get("/news/feed/").content.decode()


def test_press_contact_falls_back_to_site_settings(
    news_index: NewsIndexPage, client: Client
) -> None:
    item = factories.NewsPageFactory(parent=news_index)
    assert "Press contact" not in client.get(item.url).content.decode()
    found = SiteSettings.for_site(Site.objects.get())
    found.press_email = "press@example.org"
    found.save()
    main = client.get(item.url).content.decode().partition("<main")[2].partition("</main")[0]
    assert "Press contact" in main
    assert "mailto:press@example.org" in main
    item.press_contact = [{"type": "contact", "value": {"name": "Desk", "telephone": "+1 55 0"}}]
    item.save()
    main = client.get(item.url).content.decode().partition("<main")[2].partition("</main")[0]
    assert "tel:" in main
    assert "press@example.org" not in main


def test_news_page_links_to_public_issues(
    news_index: NewsIndexPage, issue_index: IssueIndexPage, client: Client
) -> None:
    public = factories.IssuePageFactory(parent=issue_index, title="Public")
    hidden = factories.IssuePageFactory(parent=issue_index, title="Hidden", live=False)
    item = factories.NewsPageFactory(parent=news_index)
    item.issues.set([public, hidden])
    item.save()
    html = client.get(item.url).content.decode()
    assert 'href="/issues/public/"' in html
    assert "Hidden" not in html


def test_sample_news_is_labeled_and_noindex(news_index: NewsIndexPage, client: Client) -> None:
    item = factories.NewsPageFactory(parent=news_index, slug="sample", is_sample=True)
    html = client.get(item.url).content.decode()
    assert "Nothing in it happened." in html
    assert '<meta name="robots" content="noindex">' in html
    factories.NewsPageFactory(parent=news_index, slug="real")
    sitemap = client.get("/sitemap.xml").content.decode()
    assert "/news/real/" in sitemap
    assert "/news/sample/" not in sitemap


def test_news_feed_has_newest_twenty_public_items(
    news_index: NewsIndexPage, client: Client
) -> None:
    for number in range(23):
        item = factories.NewsPageFactory(
            parent=news_index,
            title=f"N{number:02}",
            first_published_at=datetime(2026, 1, 1 + number, 12, tzinfo=UTC),
        )
    item.view_restrictions.create(restriction_type="login")
    feed = client.get("/news/feed/").content.decode()
    assert re.findall(r"<title>(N\d+)</title>", feed) == [f"N{n:02}" for n in range(21, 1, -1)]


def test_press_release_pictures_require_press_consent(
    news_index: NewsIndexPage,
) -> None:
    photo = factories.picture()
    photo.consent = factories.consent(for_press=False)
    photo.save()
    release, blog = (
        factories.NewsPageFactory(
            parent=news_index, kind=kind, social_picture=photo, live=False
        ).save_revision()
        for kind in (NewsType.PRESS_RELEASE, NewsType.BLOG)
    )
    with pytest.raises(PublishingRefused, match="does not allow that"):
        release.publish()
    blog.publish()
    assert [page.kind for page in NewsPage.objects.live()] == [NewsType.BLOG]
    ConsentRecord.objects.filter(pk=photo.consent_id).update(for_press=True)
    release.publish()
    assert NewsPage.objects.live().count() == 2


@pytest.mark.parametrize("path", ["/news/", "/issues/", "/stories/"])
def test_index_pages_have_feeds(every_page: object, client: Client, path: str) -> None:
    assert 'type="application/atom+xml"' in client.get(path).content.decode()
    assert f'href="{path}feed/"' in client.get(path).content.decode()
    feed = client.get(f"{path}feed/")
    assert feed["Content-Type"].startswith("application/atom+xml")
    assert f"<id>http://testserver{path}" in feed.content.decode()
