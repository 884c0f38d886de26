"""Reporters with a press link can read news that is under embargo."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from news.choices import NewsType
from news.models import NewsPage
from tests import factories
from tests.consent.roles import text_of
from tests.editorial.test_sharing import DAYS, create
from tests.editorial.test_sharing import news as news


@pytest.fixture
def pictures(db: None) -> dict[str, int]:
    """Primary keys of pictures with different consent, by title."""
    records = {
        "Agreed": factories.consent(for_site=True, for_press=True),
        "Not for press": factories.consent(for_site=True, for_press=False),
        "Not for site": factories.consent(for_site=False, for_press=True),
        "Incomplete record": factories.consent(shown=""),
        "Ended": factories.consent(expires_on=timezone.localdate() - DAYS),
    }
    return {
        title: factories.picture(title, consent=consent).pk for title, consent in records.items()
    }


@pytest.mark.parametrize("kind", NewsType.values)
def test_press_link_omits_pictures_that_the_press_may_not_show(
    news: NewsPage, pictures: dict[str, int], kind: str
) -> None:
    news.kind = kind
    figures = {
        title: {"image": pk, "decorative": False, "alt_text": f"{title}, alt"}
        for title, pk in pictures.items()
    }
    news.body = json.dumps(
        [{"type": "figure", "value": {"picture": figure}} for figure in figures.values()]
    )
    news.save_revision()
    html = Client().get(create(news)).content.decode()
    assert [title for title in pictures if f"{title}, alt" in html] == ["Agreed"]
    assert "data:image" not in html
    preview = news.make_preview_request(preview_mode="").content.decode()
    assert [title for title in pictures if f"{title}, alt" in preview] == list(pictures)


def test_press_link_shows_end_of_embargo(news: NewsPage) -> None:
    path = create(news)
    html = text_of(Client().get(path))
    assert "<strong>Under embargo.</strong> This is a draft" in html
    news.go_live_at = timezone.now().replace(year=2036, month=2, day=1, hour=14, minute=30)
    news.save_revision()
    # The schedule has not been approved yet.
    assert "<strong>Under embargo.</strong>" in text_of(Client().get(path))
    news.get_latest_revision().publish()
    assert not NewsPage.objects.get().live
    html = text_of(Client().get(path))
    assert "<strong>Under embargo until Feb. 1, 2036, 9:30 a.m. EST.</strong>" in html


def test_public_news_and_its_preview_mention_no_embargo(news: NewsPage, client: Client) -> None:
    assert b"Under embargo" not in news.make_preview_request(preview_mode="").content
    news.get_latest_revision().publish()
    assert "embargo" not in text_of(client.get(NewsPage.objects.get().url))


def test_press_link_leads_to_public_page_when_the_embargo_is_over(news: NewsPage) -> None:
    path = create(news)
    news.get_latest_revision().publish()
    news = NewsPage.objects.get()
    news.summary = "A correction that nobody may see yet"
    news.save_revision()
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (302, news.url)
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies
