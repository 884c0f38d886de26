"""Where the people on a picture agreed to be shown, and nowhere else."""

import pytest
from django.test import Client

from mission.models import HomePage
from pictures.models import Picture
from tests import factories


@pytest.fixture
def photo(home: HomePage) -> Picture:
    photo = factories.picture()
    factories.StandardPageFactory(
        parent=home, slug="about", lead_picture=photo, social_picture=photo
    )
    return photo


@pytest.mark.parametrize("printed", [True, False])
def test_without_the_scope_for_print_a_picture_is_for_the_screen(
    photo: Picture, client: Client, printed: bool
) -> None:
    Picture.objects.update(for_print=printed)
    html = client.get("/about/").content.decode()
    assert "<figure" in html
    assert ("screen-only" in html) is not printed


@pytest.mark.parametrize("social", [True, False])
def test_without_the_scope_for_social_media_nothing_is_offered_for_sharing(
    photo: Picture, client: Client, social: bool
) -> None:
    Picture.objects.update(for_social=social)
    assert ("og:image" in client.get("/about/").content.decode()) is social


def test_without_the_scope_for_this_site_a_picture_is_left_out(
    photo: Picture, client: Client
) -> None:
    Picture.objects.update(for_site=False, for_social=True)
    html = client.get("/about/").content.decode()
    assert "<figure" not in html
    assert "og:image" not in html
