"""Drafts show pictures that are not public yet as data: URLs, which nobody else can request."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from PIL import Image

from editorial.sharing.links import DraftLink
from mission.models import HomePage
from pictures.models import Picture
from stories.models import StoryIndexPage, StoryPage
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions")


@pytest.fixture
def media(tmp_path: Path, settings: object) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def portrait(media: Path, db: None) -> Picture:
    return factories.picture("Portrait", size=(900, 600), consent=factories.consent(basis=""))


def draft_with(story_index: StoryIndexPage, portrait: Picture) -> StoryPage:
    story = factories.StoryPageFactory(
        parent=story_index,
        title="Told",
        live=False,
        portrait=portrait,
        consent=factories.consent(basis=""),
    )
    story.save_revision()
    return story


def assert_contains_portrait(html: str) -> None:
    (image,) = BeautifulSoup(html, "html.parser").select('img[alt="Portrait, described"]')
    content_type, _separator, data = str(image["src"]).partition(";base64,")
    assert content_type in {"data:image/jpeg", "data:image/svg+xml"}
    assert image["width"] in {"800", "300"}  # a drawing is not enlarged
    if content_type == "data:image/jpeg":
        assert Image.open(BytesIO(b64decode(data))).size == (800, 533)


def test_shared_draft_contains_picture_that_is_not_public(
    story_index: StoryIndexPage, portrait: Picture, media: Path
) -> None:
    story = draft_with(story_index, portrait)
    link = DraftLink.objects.create(page=story)
    response = Client().get(f"/-/draft/{link.token}/")
    assert_contains_portrait(response.content.decode())
    policy = response["Content-Security-Policy"]
    assert "img-src 'self' data:" in policy.split("; ")
    assert "frame-ancestors 'none'" in policy
    assert not list(media.glob("images/*"))
    assert len(list(media.glob("cms_images/*"))) == 1


def test_preview_contains_picture_that_is_not_public(
    story_index: StoryIndexPage, portrait: Picture, media: Path
) -> None:
    story = draft_with(story_index, portrait)
    response = story.make_preview_request(preview_mode="")
    assert_contains_portrait(response.content.decode())
    assert "img-src 'self' data:" in response["Content-Security-Policy"].split("; ")
    assert not list(media.glob("images/*"))


def test_draft_contains_drawing_that_is_not_public(
    story_index: StoryIndexPage, media: Path
) -> None:
    drawing = factories.drawing("Portrait", consent=factories.consent(shown=""))
    response = draft_with(story_index, drawing).make_preview_request(preview_mode="")
    assert_contains_portrait(response.content.decode())
    assert not list(media.glob("images/*"))


def test_draft_uses_public_files_if_there_are_any(story_index: StoryIndexPage, media: Path) -> None:
    photo = factories.picture("Portrait", size=(900, 600))
    html = draft_with(story_index, photo).make_preview_request(preview_mode="").content.decode()
    assert "data:image" not in html
    assert photo.smallest
    assert photo.smallest.url in html
    assert not list(media.glob("cms_images/*"))


def test_draft_without_original_is_shown(
    story_index: StoryIndexPage, portrait: Picture, media: Path
) -> None:
    for path in media.glob("original_images/*"):
        path.unlink()
    response = draft_with(story_index, portrait).make_preview_request(preview_mode="")
    assert response.status_code == 200
    assert b"data:image" not in response.content


def test_live_page_never_contains_picture_that_is_not_public(
    home: HomePage, portrait: Picture, client: Client
) -> None:
    HomePage.objects.update(hero_picture=portrait)
    response = client.get("/")
    html = response.content.decode()
    assert "Portrait, described" not in html
    assert "data:image" not in html
    assert "data:" not in response["Content-Security-Policy"]
    # A colleague's preview does not change what readers see.
    HomePage.objects.get().make_preview_request(preview_mode="")
    assert "Portrait, described" not in client.get("/").content.decode()
