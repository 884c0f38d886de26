"""Commands that clean pictures, make renditions and delete files that nothing uses."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from wagtail.models import UploadedFile

from pictures.models import Picture
from tests import factories
from tests.pictures.sample_photographs import MARK, photograph

pytestmark = pytest.mark.usefixtures("all_renditions")


@pytest.fixture
def media(tmp_path: Path, settings: object) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def test_clean_pictures_cleans_old_files_once(
    db: None, media: Path, django_capture_on_commit_callbacks: Callable
) -> None:
    picture = factories.picture(size=(20, 20))
    (media / "original_images/maria-lopez.jpg").write_bytes(photograph("JPEG"))
    Picture.objects.filter(pk=picture.pk).update(file="original_images/maria-lopez.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("clean_pictures")
    picture.refresh_from_db()
    assert (picture.width, picture.height) == (90, 60)
    assert picture.renditions.count() == len(picture.specs)
    for path in media.rglob("*.*"):
        assert "lopez" not in path.name
        assert MARK not in path.read_bytes()
    name = picture.file.name
    call_command("clean_pictures")
    picture.refresh_from_db()
    assert picture.file.name == name


@pytest.mark.parametrize("is_decoration", [True, False])
def test_clean_pictures_keeps_consent_and_alt_text(
    db: None, media: Path, is_decoration: bool
) -> None:
    picture = factories.picture(size=(20, 20))
    (media / "original_images/march.jpg").write_bytes(photograph("JPEG"))
    Picture.objects.filter(pk=picture.pk).update(
        file="original_images/march.jpg",
        description="" if is_decoration else "A march",
        other_descriptions={"es": "Una marcha"},
        is_decoration=is_decoration,
    )
    before = Picture.objects.get()
    call_command("clean_pictures")
    after = Picture.objects.get()
    assert after.file != before.file
    for name in ("consent_id", "description", "other_descriptions", "is_decoration"):
        assert getattr(after, name) == getattr(before, name), name


def test_clean_pictures_reports_and_keeps_invalid_file(
    db: None, media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = factories.picture(size=(20, 20))
    (media / "original_images/old.jpg").write_bytes(b"damaged")
    Picture.objects.filter(pk=picture.pk).update(file="original_images/old.jpg")
    call_command("clean_pictures")
    assert f"Picture {picture.pk} “A picture” was skipped" in capsys.readouterr().err
    assert (media / "original_images/old.jpg").exists()


def test_purge_uploads_deletes_after_a_day(db: None, media: Path) -> None:
    kind = ContentType.objects.get_for_model(Picture)
    old, new = (
        UploadedFile.objects.create(for_content_type=kind, file=ContentFile(b"x", name=name))
        for name in ("old.jpg", "new.jpg")
    )
    yesterday = time.time() - 25 * 60 * 60
    os.utime(media / old.file.name, (yesterday, yesterday))
    call_command("purge_uploads")
    assert list(UploadedFile.objects.all()) == [new]
    assert [path.name for path in (media / "wagtail_uploads").iterdir()] == ["new.jpg"]


def test_purge_renditions_deletes_files_whose_rows_were_deleted_by_sql(
    db: None, media: Path
) -> None:
    kept, removed = factories.picture("Kept"), factories.picture("Removed")
    for one in (kept, removed):
        one.get_rendition("max-165x165")
    names = {path.name for path in media.glob("*images/*")}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pictures_rendition WHERE image_id = %s", [removed.pk])
    call_command("purge_renditions")
    # New files are kept, because their rows may not be committed yet.
    assert {path.name for path in media.glob("*images/*")} == names
    for path in media.glob("*images/*"):
        os.utime(path, (time.time() - 4000, time.time() - 4000))
    call_command("purge_renditions")
    files = {str(path.relative_to(media)) for path in media.glob("*images/*")}
    shown = {str(one.file) for one in kept.renditions.all()}
    assert files == shown | {str(kept.file), str(removed.file)}


def test_make_sizes_makes_missing_files_with_their_old_names(db: None, media: Path) -> None:
    photo, drawing = factories.picture(size=(60, 40)), factories.drawing()
    hidden = factories.picture("Hidden", consent=factories.no_one())
    photo.get_rendition("max-165x165")
    files = {path.relative_to(media) for path in media.glob("images/*")}
    kept = Picture.objects.filter(pk__in=[photo.pk, drawing.pk]).order_by("pk")
    sizes = [one.sizes for one in kept]
    hidden.consent.for_site = False
    hidden.consent.save()
    for path in (*media.glob("images/*"), *media.glob("cms_images/*")):
        path.unlink()
    call_command("make_sizes", missing_files=True)
    assert [one.sizes for one in kept.all()] == sizes
    hidden_names = {Path(size[1]) for size in hidden.sizes}
    assert {path.relative_to(media) for path in media.glob("images/*")} == files - hidden_names
    assert not hidden.renditions.exists()
    assert not photo.renditions.filter(filter_spec="max-165x165").exists()


def test_make_sizes_saves_no_file_of_a_picture_that_was_deleted_meanwhile(
    db: None, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = factories.picture(size=(60, 40))
    for path in media.glob("images/*"):
        path.unlink()
    encode = Picture.encode

    def encode_before_deletion(self: Picture, specs: list[str]) -> dict:
        files = encode(self, specs)
        Picture.objects.get(pk=picture.pk).delete()
        return files

    monkeypatch.setattr(Picture, "encode", encode_before_deletion)
    call_command("make_sizes", missing_files=True)
    assert not list(media.glob("images/*"))
