"""Consent scopes (site, print, social media, press) limit where a picture is shown."""

import pytest
from django.test import Client

from consent.models import ConsentRecord
from mission.models import HomePage
from news.models import NewsIndexPage
from pictures.models import Picture
from stories.models import StoryIndexPage
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions")


@pytest.fixture
def photo(home: HomePage) -> Picture:
    photo = factories.picture()
    factories.StandardPageFactory(
        parent=home, slug="about", lead_picture=photo, social_picture=photo
    )
    return photo


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("printed", [True, False])
def test_picture_without_print_scope_is_screen_only(
    photo: Picture, client: Client, printed: bool
) -> None:
    ConsentRecord.objects.update(for_print=printed)
    html = read(client, "/about/")
    assert "<figure" in html
    assert (' screen-only"' in html) is not printed


@pytest.mark.parametrize("social", [True, False])
def test_picture_without_social_scope_has_no_og_image(
    photo: Picture, client: Client, social: bool
) -> None:
    ConsentRecord.objects.update(for_social=social)
    assert ("og:image" in read(client, "/about/")) is social


def test_picture_without_site_scope_is_left_out(photo: Picture, client: Client) -> None:
    ConsentRecord.objects.update(for_site=False)
    html = read(client, "/about/")
    assert "<figure" not in html
    assert "og:image" not in html


@pytest.mark.parametrize("social", [True, False])
@pytest.mark.parametrize("printed", [True, False])
def test_story_scopes_limit_its_portrait(
    story_index: StoryIndexPage, client: Client, social: bool, printed: bool
) -> None:
    photo = factories.picture()
    consent = factories.consent(for_social=social, for_print=printed)
    factories.StoryPageFactory(
        parent=story_index, slug="x", portrait=photo, social_picture=photo, consent=consent
    )
    html = read(client, "/stories/x/")
    assert ("og:image" in html) is social
    assert ('class="story screen-only"' in html) is not printed
    assert ("has not agreed to see it in print" in html) is not printed


@pytest.mark.parametrize(("kind", "press"), [("press-release", False), ("blog", True)])
def test_press_release_requires_press_scope(
    news_index: NewsIndexPage, kind: str, press: bool
) -> None:
    photo = factories.picture()
    photo.consent = factories.consent()
    news = factories.NewsPageFactory(
        parent=news_index, kind=kind, listing_picture=photo, live=False
    )
    refused = [name for name, _sentence in news.publishing_errors()]
    assert refused == ([] if press else ["listing_picture"])
    photo.consent.for_press = True
    assert not list(news.publishing_errors())
