import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from pictures.models import Picture
from pictures.specs import FORMATS, WIDTHS
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions")


def raster(format_: str, size: tuple[int, int] = (40, 30)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, "teal").save(data, format_)
    return data.getvalue()


@pytest.mark.django_db
def test_alt_is_empty_without_description_and_for_decoration() -> None:
    photo = factories.picture()
    photo.description = ""
    assert photo.alt == ""
    photo.description, photo.is_decoration = "Never read", True
    assert photo.alt == ""


@pytest.mark.django_db
def test_photograph_has_all_widths_and_formats() -> None:
    photo = factories.picture(size=(1800, 1200))
    made = {(Path(r.file.name).suffix, r.width) for r in photo.renditions.all()}
    endings = {".avif", ".webp", ".jpg"}
    assert made == {(ending, width) for ending in endings for width in WIDTHS}
    assert 768 in WIDTHS
    assert len(FORMATS) == len(endings)


@pytest.mark.django_db
def test_svg_rendition_has_integer_dimensions() -> None:
    svg = factories.drawing()
    rendition = svg.renditions.get()
    assert (rendition.width, rendition.height) == (300, 200)
    assert 'width="300"' in rendition.img_tag()


@pytest.mark.parametrize(
    ("name", "format_"),
    [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.avif", "AVIF")],
)
def test_upload_makes_all_renditions(
    admin_client: Client, home: object, name: str, format_: str
) -> None:
    file = SimpleUploadedFile(name, raster(format_))
    values = {"title": "Upload", "description": "Stripes", "shown": "no-one", "file": file}
    data = {f"image-chooser-upload-{name}": value for name, value in values.items()}
    response = admin_client.post("/admin/images/chooser/create/", data)
    assert response.json()["step"] == "chosen"
    photo = Picture.objects.get()
    assert len(photo.specs) == 4
    made = set(photo.renditions.values_list("filter_spec", flat=True))
    assert made == {*photo.specs, "max-165x165"}  # the chooser's thumbnail


@pytest.fixture
def served(db: None, client: Client) -> Callable:
    svg, photo = factories.drawing(), factories.picture(size=(20, 20))
    return lambda: (svg, photo, client)


def test_renditions_are_served_and_svg_cannot_run_scripts(served: Callable) -> None:
    svg, photo, client = served()
    drawing = client.get(svg.renditions.get().url)
    assert drawing.status_code == 200
    assert drawing["Content-Type"] == "image/svg+xml"
    assert drawing["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    assert drawing["X-Content-Type-Options"] == "nosniff"
    photograph = client.get(photo.renditions.first().url)
    assert photograph.status_code == 200
    assert "max-age" in photograph["Cache-Control"]


def test_originals_are_not_served(served: Callable) -> None:
    svg, photo, client = served()
    for picture in (svg, photo):
        assert default_storage.exists(picture.file.name)
        assert client.get(f"/media/{picture.file.name}").status_code == 404
        assert client.get(f"/media/images/../{picture.file.name}").status_code == 404
        assert client.get(f"/media/images/%2e%2e/{picture.file.name}").status_code == 404
    assert client.get("/media/").status_code == 404
    assert client.get("/media/images/").status_code == 404


def test_originals_and_deferred_uploads_have_no_url(served: Callable) -> None:
    svg, photo, _client = served()
    for picture in (svg, photo):
        with pytest.raises(NotImplementedError):
            _ = picture.file.url
    with pytest.raises(NotImplementedError):
        default_storage.url("wagtail_uploads/a.jpg")
    assert storages["renditions"].url("images/a.jpg") == "/media/images/a.jpg"


def test_picture_api_contains_no_original_url(admin_client: Client, served: Callable) -> None:
    _svg, photo, _client = served()
    found = admin_client.get(f"/admin/api/main/images/{photo.pk}/")
    assert found.status_code == 200
    assert found.json()["title"] == photo.title
    assert "original_images" not in found.content.decode()
    several = admin_client.get("/admin/api/main/images/")
    assert several.status_code == 200
    assert len(several.json()["items"]) == 2
    assert "original_images" not in several.content.decode()


def test_svg_is_compressed_and_photograph_is_not(served: Callable) -> None:
    svg, photo, client = served()
    compressed = {"accept-encoding": "gzip, deflate, br"}
    drawing = client.get(svg.renditions.get().url, headers=compressed)
    assert drawing["Content-Encoding"] == "gzip"
    assert b"<svg" in gzip.decompress(drawing.getvalue())
    photograph = client.get(photo.renditions.first().url, headers=compressed)
    assert "Content-Encoding" not in photograph


def test_rendition_returns_304_if_not_modified(served: Callable) -> None:
    _svg, photo, client = served()
    url = photo.renditions.first().url
    seen = client.get(url)["Last-Modified"]
    assert client.get(url, headers={"If-Modified-Since": seen}).status_code == 304


def test_deleting_picture_deletes_files(
    db: None, django_capture_on_commit_callbacks: Callable
) -> None:
    photo = factories.picture(size=(20, 20))
    files = [photo.file, *(rendition.file for rendition in photo.renditions.all())]
    kept = [(file.storage, file.name) for file in files]
    assert all(storage.exists(name) for storage, name in kept)
    with django_capture_on_commit_callbacks(execute=True):
        photo.delete()
    assert not any(storage.exists(name) for storage, name in kept)
