"""If somebody uploads an existing picture or a copy of it, Wagtail offers the existing one."""

from functools import cache
from io import BytesIO
from random import Random

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from PIL import Image, ImageDraw
from wagtail.models import Collection, GroupCollectionPermission

from pictures.models import Picture
from tests import factories

pytestmark = pytest.mark.django_db


@cache
def scene(seed: int, width: int = 330, quality: int = 90) -> bytes:
    """A JPEG of random ellipses. It is small, so that its renditions are encoded quickly."""
    image = Image.new("RGB", (900, 600), "#cfd8dc")
    chance = Random(seed)  # noqa: S311 - the same shapes on each run
    for _shape in range(12):
        x, y, shade = chance.randrange(900), chance.randrange(600), chance.randrange(255)
        box = (x - 120, y - 90, x + 120, y + 90)
        ImageDraw.Draw(image).ellipse(box, fill=(shade, shade // 2, 255 - shade))
    data = BytesIO()
    image.resize((width, width * 2 // 3)).save(data, "JPEG", quality=quality)
    return data.getvalue()


COPIES = {"same": scene(1), "smaller": scene(1, 165), "recompressed": scene(1, quality=30)}


@pytest.fixture
def existing(home: object) -> Picture:
    file = factories.photograph(scene(1), "march.jpg")
    return Picture.objects.create(title="The march", file=file, consent=factories.consent())


def upload(client: Client, data: bytes) -> dict:
    file = SimpleUploadedFile("again.jpg", data)
    return client.post("/admin/images/multiple/add/", {"title": "Again", "files[]": file}).json()


def upload_in_chooser(client: Client, data: bytes) -> dict:
    file = SimpleUploadedFile("again.jpg", data)
    values = {"title": "Again", "description": "Ellipses", "shown": "no-one", "file": file}
    form = {f"image-chooser-upload-{name}": value for name, value in values.items()}
    return client.post("/admin/images/chooser/create/", form).json()


@pytest.mark.parametrize("copy", COPIES)
def test_multiple_upload_offers_existing_picture(
    admin_client: Client, existing: Picture, copy: str
) -> None:
    response = upload(admin_client, COPIES[copy])
    assert response["duplicate"]
    assert existing.get_rendition("max-150x150").url in response["confirm_duplicate_upload"]


@pytest.mark.parametrize("copy", COPIES)
def test_chooser_offers_existing_picture(
    admin_client: Client, existing: Picture, copy: str
) -> None:
    response = upload_in_chooser(admin_client, COPIES[copy])
    assert response["step"] == "duplicate_found"
    use_existing = urlencode({"next": reverse("wagtailimages_chooser:chosen", args=[existing.pk])})
    assert use_existing in response["htmlFragment"]
    assert "/media/images/" not in response["htmlFragment"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_form_for_one_picture_redirects_to_multiple_upload(
    admin_client: Client, existing: Picture, method: str
) -> None:
    data = {"title": "Again", "file": SimpleUploadedFile("again.jpg", scene(1))}
    url = f"{reverse('wagtailimages:add')}?collection_id=1"
    response = getattr(admin_client, method)(url, data if method == "post" else None)
    assert response.url == f"{reverse('wagtailimages:add_multiple')}?collection_id=1"
    assert Picture.objects.get() == existing


def test_other_picture_is_no_duplicate(admin_client: Client, existing: Picture) -> None:
    assert not upload(admin_client, scene(2))["duplicate"]
    assert upload_in_chooser(admin_client, scene(3))["step"] == "chosen"


def test_picture_that_user_may_not_choose_is_not_offered(client: Client, existing: Picture) -> None:
    closed = Collection.get_first_root_node().add_child(name="Closed")
    Picture.objects.update(collection=closed)
    writers = Group.objects.get(name="Writers")
    opened = Collection.get_first_root_node().add_child(name="Open")
    GroupCollectionPermission.objects.filter(group=writers).update(collection=opened)
    user = factories.UserFactory()
    user.groups.add(writers)
    client.force_login(user)
    file = SimpleUploadedFile("again.jpg", scene(1))
    data = {"title": "Again", "collection": opened.pk, "files[]": file}
    response = client.post("/admin/images/multiple/add/", data).json()
    assert response["success"]
    assert not response["duplicate"]
