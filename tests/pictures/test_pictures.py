from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from pictures.files import reason_to_refuse
from pictures.models import FORMATS, WIDTHS, Picture
from tests import factories

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def raster(format_: str, size: tuple[int, int] = (40, 30)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, "teal").save(data, format_)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.jpg", "JPEG"),
        ("a.JPEG", "JPEG"),
        ("a.png", "PNG"),
        ("a.webp", "WEBP"),
        ("a.avif", "AVIF"),
        ("a.gif", "GIF"),
        ("a.heic", "HEIF"),
    ],
)
def test_pictures_are_taken(name: str, format_: str) -> None:
    assert reason_to_refuse(name, raster(format_)) == ""


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.bmp", raster("BMP"), "ends with one of"),
        ("a.jpg", raster("PNG"), "not what its name says"),
        ("a.jpg", raster("JPEG")[:300], "damaged"),
        ("a.jpg", b"<?php echo 1;", "damaged"),
        ("a.png", b"", "damaged"),
    ],
)
def test_other_files_are_refused(name: str, data: bytes, reason: str) -> None:
    assert reason in reason_to_refuse(name, data)


def test_a_picture_with_too_many_pixels_is_refused(settings: object) -> None:
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 1000  # type: ignore[attr-defined]
    assert "more pixels" in reason_to_refuse("a.png", raster("PNG", (50, 50)))


@pytest.mark.parametrize(
    "inside",
    [
        '<rect width="1" height="1" fill="url(#ink)"/>',
        '<use href="#a"/>',
        "<style>.a{mix-blend-mode:multiply;fill:url( '#ink' )}</style>",
        '<image href="data:image/png;base64,AAAA"/>',
        "<title>A drawing on paper</title>",
    ],
)
def test_harmless_drawings_are_taken(inside: str) -> None:
    assert reason_to_refuse("a.svg", SVG.format(inside).encode()) == ""


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<s:script xmlns:s="http://www.w3.org/2000/svg">1</s:script>',
        '<rect onload="alert(1)"/>',
        '<rect ONCLICK="alert(1)"/>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<a xlink:href=" JavaScript:alert(1)"/>',
        '<use href="https://evil.example/a.svg#x"/>',
        '<image href="//evil.example/a.png"/>',
        "<style>@import 'https://evil.example/a.css'</style>",
        "<style>.a{fill:url(https://evil.example/#a)}</style>",
        '<rect style="fill: URL( https://evil.example )"/>',
        "<foreignObject><p>x</p></foreignObject>",
        '<iframe xmlns="http://www.w3.org/1999/xhtml" src="#"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<a><set attributeName="href" to="https://evil.example"/></a>',
        '<h:meta xmlns:h="http://www.w3.org/1999/xhtml" http-equiv="refresh" content="0"/>',
        '<h:img xmlns:h="http://www.w3.org/1999/xhtml" srcset="https://evil.example/a"/>',
        '<rect style="fill: image-set(&quot;https://evil.example&quot;)"/>',
        r"<style>.a{fill:u\72l(https://evil.example)}</style>",
        r"<style>@\69mport 'https://evil.example'</style>",
        "<style>.a{}<b>x</b>@import 'https://evil.example'</style>",
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<?xml-stylesheet type="text/xsl" href="#s"?>',
        "<rect",
    ],
)
def test_drawings_that_run_or_fetch_are_refused(inside: str) -> None:
    assert reason_to_refuse("a.svg", SVG.format(inside).encode())


def test_a_drawing_with_entities_is_refused() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG.format("&a;").encode()
    assert "entities" in reason_to_refuse("a.svg", bomb)


def test_every_drawing_of_the_starter_content_is_taken() -> None:
    files = list((settings.BASE_DIR / "starter/pictures").glob("*.svg"))
    assert len(files) >= 10
    for file in files:
        assert reason_to_refuse(file.name, file.read_bytes()) == ""


def test_the_cms_refuses_a_scripted_drawing_with_a_sentence(
    admin_client: Client, home: object
) -> None:
    file = SimpleUploadedFile("a.svg", SVG.format("<script>1</script>").encode(), "image/svg+xml")
    response = admin_client.post("/admin/images/add/", {"title": "A drawing", "file": file})
    assert response.status_code == 200
    assert "could run a program" in response.content.decode()
    assert not Picture.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [("half.jpg", raster("JPEG")[:300]), ("page.jpg", b"<html>"), ("a.png", raster("JPEG"))],
)
def test_the_cms_refuses_a_damaged_file_and_keeps_what_was_typed(
    admin_client: Client, home: object, name: str, data: bytes
) -> None:
    file = SimpleUploadedFile(name, data, "image/jpeg")
    response = admin_client.post("/admin/images/add/", {"title": "Typed title", "file": file})
    assert response.status_code == 200
    html = response.content.decode()
    assert "damaged or is not a picture" in html or "not what its name says" in html
    assert "Typed title" in html


@pytest.mark.django_db
def test_alt_text_is_the_description_and_nothing_else() -> None:
    photo = factories.picture()
    photo.description = ""
    assert photo.default_alt_text == ""


@pytest.mark.django_db
def test_a_photograph_is_served_in_every_size_and_format() -> None:
    photo = factories.picture(size=(1800, 1200))
    made = {(Path(r.file.name).suffix, r.width) for r in photo.renditions.all()}
    endings = {".avif", ".webp", ".jpg"}
    assert made == {(ending, width) for ending in endings for width in WIDTHS}
    assert len(FORMATS) == len(endings)


@pytest.mark.django_db
def test_a_drawing_is_served_as_it_is_with_whole_pixels() -> None:
    svg = factories.drawing()
    rendition = svg.renditions.get()
    assert (rendition.width, rendition.height) == (300, 200)
    assert 'width="300"' in rendition.img_tag()


@pytest.mark.parametrize(
    ("name", "format_"),
    [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.avif", "AVIF")],
)
def test_an_upload_has_every_size_before_anybody_asks(
    admin_client: Client, home: object, name: str, format_: str
) -> None:
    data = {"title": "Upload", "file": SimpleUploadedFile(name, raster(format_))}
    response = admin_client.post("/admin/images/add/", data)
    assert response.status_code == 302
    photo = Picture.objects.get()
    specs = set(photo.renditions.values_list("filter_spec", flat=True))
    assert set(photo.specs) <= specs
    replaced = SimpleUploadedFile(name, raster(format_, (50, 20)))
    data = {"title": "Other", "file": replaced}
    admin_client.post(f"/admin/images/{photo.pk}/", data)
    photo.refresh_from_db()
    assert photo.title == "Other"
    assert {r.width for r in photo.renditions.filter(filter_spec__in=photo.specs)} == {50}
    assert set(photo.renditions.values_list("filter_spec", flat=True)) >= set(photo.specs)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_no_file_says_where_or_with_what_a_photograph_was_taken(
    admin_client: Client, home: object, format_: str
) -> None:
    exif = Image.Exif()
    exif[271], exif[274] = "SecretPhone", 6  # the maker; lying on its side
    exif.get_ifd(34853).update({1: "N", 2: (40.0, 26.0, 46.0)})  # the place
    data = BytesIO()
    Image.new("RGB", (60, 20), "teal").save(data, format_, exif=exif)
    assert b"SecretPhone" in data.getvalue()
    name = f"a.{format_.lower()}"
    upload = {"title": "Photo", "file": SimpleUploadedFile(name, data.getvalue())}
    assert admin_client.post("/admin/images/add/", upload).status_code == 302
    photo = Picture.objects.get()
    files = [photo.file, *(rendition.file for rendition in photo.renditions.all())]
    assert len(files) > 10
    for file in files:
        with file.open() as stored:
            content = stored.read()
        assert b"SecretPhone" not in content
        with Image.open(BytesIO(content)) as image:
            assert not image.getexif()
    if format_ == "JPEG":
        assert (photo.width, photo.height) == (20, 60)
    assert photo.file_size == photo.file.size


@pytest.fixture
def served(db: None, client: Client) -> Callable:
    svg, photo = factories.drawing(), factories.picture(size=(20, 20))
    return lambda: (svg, photo, client)


def test_renditions_are_served_and_drawings_may_run_nothing(served: Callable) -> None:
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


def test_originals_have_no_address(served: Callable) -> None:
    svg, photo, client = served()
    for picture in (svg, photo):
        assert client.get(f"/media/{picture.file.name}").status_code == 404
        assert client.get(f"/media/images/../{picture.file.name}").status_code == 404
        assert client.get(f"/media/images/%2e%2e/{picture.file.name}").status_code == 404
    assert client.get("/media/").status_code == 404
    assert client.get("/media/images/").status_code == 404
