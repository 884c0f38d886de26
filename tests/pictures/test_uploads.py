"""However a picture is uploaded, no stored file contains its metadata."""

import logging
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from PIL import Image
from wagtail.models import UploadedFile

from pictures.models import Picture
from tests.pictures import sample_photographs
from tests.pictures.sample_photographs import MARK, name_for, photograph

pytestmark = pytest.mark.usefixtures("all_renditions")

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF"]
SCRIPTED = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
DAMAGED = "The file is damaged or is not a"
BAD = {
    "half.jpg": (photograph("JPEG")[:900], DAMAGED),
    "half.heic": (photograph("HEIF")[:900], DAMAGED),
    "half.png": (photograph("PNG")[: len(photograph("PNG")) // 2], DAMAGED),
    "page.jpg": (b"<html><script>1</script></html>", DAMAGED),
    "program.jpg": (b"<?php echo 1;", DAMAGED),
    "empty.jpg": (b"\n", DAMAGED),
    "scripted.svg": (SCRIPTED, "which could run a program"),
    "half.svg": (SCRIPTED[:50], DAMAGED),
    "flat.svg": (SCRIPTED[:39] + b' viewBox="0 0 0 0"/>', "has no usable size"),
    "deep.svg": (
        SCRIPTED[:39] + b">" + b"<g>" * 900 + b"</g>" * 900 + b"</svg>",
        "too many groups",
    ),
    "picture.exe": (b"MZ", DAMAGED),
}


@pytest.fixture
def media(tmp_path: Path, settings: object) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def cms(admin_client: Client, home: object) -> Client:
    return admin_client


def upload(format_: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name_for(format_), photograph(format_))


def add_several(cms: Client, file: SimpleUploadedFile) -> object:
    return cms.post("/admin/images/multiple/add/", {"title": "March", "files[]": file})


def test_multiple_upload_defaults_to_site_scope(cms: Client, media: Path) -> None:
    add_several(cms, upload("JPEG"))
    picture = Picture.objects.get()
    assert picture.record.for_site
    assert [field for field, _why in picture.display_errors()] == ["shown"]


def add_in_chooser(cms: Client, file: SimpleUploadedFile, **values: str) -> Any:
    fields = {"title": "March", "file": file} | values
    data = {f"image-chooser-upload-{name}": value for name, value in fields.items()}
    return cms.post("/admin/images/chooser/create/", data)


def replace(cms: Client, file: SimpleUploadedFile) -> object:
    plain = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(plain, "JPEG")
    picture = Picture.objects.create(
        title="March", file=ContentFile(plain.getvalue(), name="plain.jpg")
    )
    return cms.post(f"/admin/images/{picture.pk}/", {"title": "March", "file": file})


def save(cms: Client, file: SimpleUploadedFile) -> None:
    Picture.objects.create(title="March", file=file)


def add_with_invalid_title(cms: Client, file: SimpleUploadedFile) -> None:
    """Upload with a title that is too long: Wagtail stores the file until the form is valid."""
    data = {"title": "M" * 300, "files[]": file}
    upload_pk = cms.post("/admin/images/multiple/add/", data).json()["uploaded_file_id"]
    url = f"/admin/images/multiple/create_from_uploaded_image/{upload_pk}/"
    prefix = f"uploaded-image-{upload_pk}"
    response = cms.post(url, {f"{prefix}-title": "March"})
    assert "Saved, but" in response.json()["form"]


WAYS = [add_several, add_in_chooser, replace, save, add_with_invalid_title]


def stored_files(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def files_with(mark: bytes, media: Path) -> list[Path]:
    files = stored_files(media)
    assert files
    return [path for path in files if mark in path.read_bytes()]


def files_named(word: str, media: Path) -> list[Path]:
    return [path for path in stored_files(media) if word in path.name.lower()]


@pytest.mark.parametrize(
    ("way", "format_"),
    [
        *((way, "JPEG") for way in WAYS),
        (add_with_invalid_title, "HEIF"),
        *((add_several, format_) for format_ in FORMATS[1:]),
    ],
)
def test_upload_leaves_no_metadata_in_files(
    cms: Client, media: Path, way: Callable, format_: str
) -> None:
    way(cms, upload(format_))
    picture = Picture.objects.get()
    kept = {picture.file.path, *(rendition.file.path for rendition in picture.renditions.all())}
    assert len(kept) > len(picture.specs)
    assert kept <= {str(path) for path in stored_files(media)}
    for mark in (MARK, sample_photographs.CREATOR.encode(), b"2026:05:01"):
        assert files_with(mark, media) == []
    assert files_named("lopez", media) == []
    for rendition in picture.renditions.all():
        assert Path(picture.file.name).stem not in rendition.file.name
    with picture.file.open() as stored, Image.open(stored) as image:
        assert sample_photographs.stands_upright(image)
        assert (picture.width, picture.height) == image.size == (90, 60)
    assert picture.file_size == picture.file.size
    sizes = picture.renditions.filter(filter_spec__in=picture.specs)
    assert len(sizes) == len(picture.specs)
    for rendition in sizes.filter(filter_spec__contains="width"):
        with rendition.file.open() as stored, Image.open(stored) as image:
            assert sample_photographs.stands_upright(image)


def test_load_content_cleans_pictures(home: object, media: Path, tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("content")  # type: ignore[attr-defined]
    (folder / "pictures").mkdir()
    (folder / "home.md").write_text("---\ntitle: Home\n---\n")
    (folder / "pictures" / name_for("JPEG")).write_bytes(photograph("JPEG"))
    (folder / "pictures/facts.yaml").write_text(f"{name_for('JPEG')}:\n  alt: A march\n")
    home.delete()  # type: ignore[attr-defined]
    call_command("load_content", folder)
    picture = Picture.objects.get()
    assert (picture.width, picture.height) == (90, 60)
    assert picture.credit == sample_photographs.CREATOR
    assert files_with(MARK, media) == []


def test_deferred_upload_is_cleaned(cms: Client, media: Path) -> None:
    for file in (upload("HEIF"), big_upload()):
        cms.post("/admin/images/multiple/add/", {"title": "M" * 300, "files[]": file})
        assert files_with(MARK, media) == []
    assert UploadedFile.objects.count() == 2
    assert not Picture.objects.exists()
    for deferred in UploadedFile.objects.all():
        with deferred.file.open() as stored, Image.open(stored) as image:
            assert image.format == "JPEG"


def big_upload() -> SimpleUploadedFile:
    """A file so large that Django stores it as a temporary file."""
    image, data = Image.effect_noise((2400, 1600), 90).convert("RGB"), BytesIO()
    image.save(data, "JPEG", quality=98, comment=MARK)
    assert len(data.getvalue()) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    return SimpleUploadedFile("big.jpg", data.getvalue())


@pytest.mark.parametrize(
    ("way", "name"),
    [
        *((way, name) for way in (add_several, add_in_chooser) for name in BAD),
        (replace, "half.jpg"),
        (replace, "flat.svg"),
    ],
)
def test_invalid_file_shows_error_in_each_view(
    cms: Client, media: Path, caplog: pytest.LogCaptureFixture, way: Callable, name: str
) -> None:
    caplog.set_level(logging.ERROR)
    data, sentence = BAD[name]
    response = way(cms, SimpleUploadedFile(name, data))
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert [picture.width for picture in Picture.objects.all()] == [40] * (way is replace)
    assert not [path for path in stored_files(media) if path.read_bytes() == data]
    assert bool(stored_files(media)) is (way is replace)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("way", "name", "format_", "extension"),
    [
        *((way, "a.jpg", "WEBP", ".webp") for way in WAYS),
        *((way, "a.jfif", "JPEG", ".jpg") for way in WAYS[:3]),
        (add_several, "a.exe", "PNG", ".png"),
        (add_several, "a.heif", "HEIF", ".jpg"),
        (add_several, "a", "AVIF", ".avif"),
        (add_several, "a.svg", "GIF", ".png"),
    ],
)
def test_content_of_file_decides_its_format(
    cms: Client, media: Path, way: Callable, name: str, format_: str, extension: str
) -> None:
    way(cms, SimpleUploadedFile(name, photograph(format_)))
    picture = Picture.objects.get()
    assert Path(picture.file.name).suffix == extension
    assert (picture.width, picture.height) == (90, 60)


def test_file_dialogs_offer_extensions_that_phones_and_browsers_write(cms: Client) -> None:
    page = cms.get("/admin/images/multiple/add/").content.decode()
    for extension in ("jfif", "heif", "heic", "avif"):
        assert re.search(rf"accept_?file_?types.*{extension}", page, re.IGNORECASE), extension


def test_empty_and_oversized_pictures_show_errors(cms: Client, media: Path) -> None:
    response = add_several(cms, SimpleUploadedFile("a.jpg", b""))
    assert "is empty" in response.content.decode()  # type: ignore[attr-defined]
    data = BytesIO()
    Image.new("1", (30_000, 30_000)).save(data, "PNG")
    for way in (add_several, add_in_chooser, replace):
        response = way(cms, SimpleUploadedFile("a.png", data.getvalue()))
        assert response.status_code == 200  # type: ignore[attr-defined]
        assert "64 million" in response.content.decode()  # type: ignore[attr-defined]


def test_too_large_file_shows_error(cms: Client, media: Path, settings: Any) -> None:
    assert settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE == 40 * 1024 * 1024
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = len(photograph("JPEG")) - 1
    for way in (add_several, add_in_chooser):
        response = way(cms, upload("JPEG"))
        assert response.status_code == 200
        assert "too big" in response.content.decode()
    assert stored_files(media) == []
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE += 1
    assert add_several(cms, upload("JPEG")).json()["success"]  # type: ignore[attr-defined]


def test_full_disk_shows_error(cms: Client, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=1_000_000)
    monkeypatch.setattr("pictures.forms.shutil", SimpleNamespace(disk_usage=lambda _path: usage))
    for way in (add_several, add_in_chooser, replace):
        response = way(cms, upload("JPEG"))
        assert "no storage left" in response.content.decode()  # type: ignore[attr-defined]
        assert not Picture.objects.filter(width=90).exists()


def test_form_with_invalid_file_keeps_input(cms: Client) -> None:
    file = SimpleUploadedFile("a.jpg", BAD["half.jpg"][0])
    response = add_in_chooser(cms, file, title="Typed title")
    assert "Typed title" in response.content.decode()


def test_saving_invalid_file_raises_validation_error(db: None, media: Path) -> None:
    picture = Picture(title="March")
    with pytest.raises(ValidationError, match="damaged"):
        picture.file.save("a.png", ContentFile(photograph("PNG")[:90], name="a.png"))


@pytest.mark.parametrize("way", WAYS[:3])
def test_upload_messages_list_removed_metadata_and_credit(
    cms: Client, media: Path, way: Callable
) -> None:
    way(cms, upload("JPEG"))
    page = cms.get("/admin/images/")
    messages = [str(message) for message in get_messages(page.wsgi_request)]
    assert (
        "Removed from the file of “March”: the location where it was taken, details of the "
        "camera, the time when it was taken and text about it."
    ) in messages
    assert any(
        "The credit for “March” was taken from its file: “Ana Ruíz”." in line for line in messages
    )
    assert Picture.objects.get().credit == sample_photographs.CREATOR


def test_upload_of_animation_shows_message(cms: Client, media: Path) -> None:
    data, later = BytesIO(), Image.new("RGB", (90, 60), "green")
    sample_photographs.upright().save(data, "GIF", save_all=True, append_images=[later])
    add_in_chooser(cms, SimpleUploadedFile("a.gif", data.getvalue()), title="Banner")
    page = cms.get("/admin/images/")
    assert "“Banner” was an animation" in page.content.decode()


def test_upload_keeps_typed_credit(cms: Client, media: Path) -> None:
    add_in_chooser(cms, upload("JPEG"), credit="Photo: Rui")
    assert Picture.objects.get().credit == "Photo: Rui"


def test_editing_picture_keeps_file(cms: Client, media: Path) -> None:
    add_several(cms, upload("JPEG"))
    before = Picture.objects.get()
    cms.post(f"/admin/images/{before.pk}/", {"title": "Other", "credit": ""})
    after = Picture.objects.get()
    assert (after.title, after.credit) == ("Other", "")
    assert (after.file.name, after.file_hash) == (before.file.name, before.file_hash)


def test_duplicate_upload_is_detected(cms: Client, media: Path) -> None:
    add_several(cms, upload("JPEG"))
    response = add_several(cms, upload("JPEG"))
    assert response.json()["duplicate"]  # type: ignore[attr-defined]
