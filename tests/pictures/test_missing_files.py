"""Pictures whose original file is missing, as after a lost disk."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pictures.models import Picture
from tests import factories
from tests.pictures.sample_photographs import photograph

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture() -> Picture:
    picture = factories.picture("River", size=(60, 40))
    default_storage.delete(picture.file.name)
    return picture


def test_cms_pages_open_although_file_of_picture_is_missing(
    admin_client: Client, picture: Picture
) -> None:
    edit = f"/admin/images/{picture.pk}/"
    for path in ("/admin/images/", edit, f"{edit}delete/"):
        assert admin_client.get(path).status_code == 200, path


@pytest.mark.parametrize("title", ["Stream", ""])
def test_texts_of_picture_with_missing_file_can_be_edited(
    admin_client: Client, picture: Picture, title: str
) -> None:
    edit = f"/admin/images/{picture.pk}/"
    response = admin_client.post(edit, {"title": title, "description": "A stream"})
    assert response.status_code == (302 if title else 200)
    stored = Picture.objects.get()
    assert stored.title == (title or "River")
    assert (stored.width, stored.height) == (60, 40)


@pytest.mark.parametrize("title", ["Stream", ""])
def test_missing_file_can_be_uploaded_again(
    admin_client: Client, picture: Picture, title: str
) -> None:
    edit = f"/admin/images/{picture.pk}/"
    values = {"title": title, "file": SimpleUploadedFile("river.jpg", photograph("JPEG"))}
    response = admin_client.post(edit, values)
    assert response.status_code == (302 if title else 200)
    assert default_storage.exists(Picture.objects.get().file.name) is bool(title)
