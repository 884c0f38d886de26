"""A picture whose file is replaced is not public until it has consent and alt text again."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from PIL import Image

from consent.models import ConsentRecord
from content_files import pictures as content_pictures
from content_files.pictures import PictureFile
from mission.models import HomePage
from pictures.models import Picture
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions", "db")
NEW_FILE = "“A picture” has a new file."


@pytest.fixture
def media(tmp_path: Path, settings: object) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def jpeg(color: str, size: tuple[int, int] = (60, 40)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, color).save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def photo(media: Path) -> Picture:
    photo = factories.picture(consent=factories.consent(for_social=True))
    photo.other_descriptions = {"es": "Una foto descrita"}
    photo.save()
    photo.get_rendition("max-165x165")
    assert list(media.glob("images/*"))
    return photo


def by_form(client: Client, photo: Picture, **values: str) -> None:
    data = {
        "title": photo.title,
        "description": photo.description,
        "description_es": photo.other_descriptions["es"],
        "file": SimpleUploadedFile("new.jpg", jpeg("red")),
    }
    response = client.post(f"/admin/images/{photo.pk}/", data | values)
    assert response.status_code == 302, response.context["form"].errors


def by_field(client: Client, photo: Picture) -> None:
    photo.file.save("new.jpg", ContentFile(jpeg("red")))


def by_attribute(client: Client, photo: Picture) -> None:
    photo.file = ContentFile(jpeg("red"), "new.jpg")
    photo.save()


def by_field_of_other_instance(client: Client, photo: Picture) -> None:
    other = Picture.objects.select_related(None).get(pk=photo.pk)
    other.file.save("new.jpg", ContentFile(jpeg("red")), save=False)
    other.save()


@pytest.mark.parametrize("way", [by_form, by_field, by_attribute, by_field_of_other_instance])
def test_new_file_is_not_public_and_has_no_consent_or_alt_text(
    admin_client: Client,
    home: object,
    photo: Picture,
    media: Path,
    way: Callable,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    former, original = photo.consent_id, Path(str(photo.file))
    with django_capture_on_commit_callbacks(execute=True):
        way(admin_client, photo)
    photo = Picture.objects.get()
    assert photo.consent_id != former
    assert photo.record.shown == ""
    assert not photo.is_displayable()
    assert not ConsentRecord.objects.filter(pk=former).exists()
    assert photo.description == ""
    assert photo.other_descriptions == {}
    assert photo.sizes == []
    assert not photo.renditions.exists()
    assert [path.name for path in media.rglob("*") if path.is_file()] == [
        Path(str(photo.file)).name
    ]
    assert not (media / original).exists()
    call_command("show_pictures")
    assert not list(media.glob("images/*"))


def test_replacing_file_shows_what_to_do(
    admin_client: Client, home: object, photo: Picture
) -> None:
    by_form(admin_client, photo)
    page = admin_client.get("/admin/images/").content.decode()
    assert NEW_FILE in page
    assert "Say who is shown, and describe it." in page
    form = admin_client.get(f"/admin/images/{photo.pk}/").content.decode()
    assert 'name="shown"' in form


def test_alt_text_typed_with_new_file_stays(
    admin_client: Client, home: object, photo: Picture
) -> None:
    by_form(admin_client, photo, description="What the new one shows")
    photo.refresh_from_db()
    assert photo.description == "What the new one shows"
    assert photo.other_descriptions == {}


def test_record_that_another_picture_uses_is_kept(
    admin_client: Client, home: object, photo: Picture
) -> None:
    sibling = factories.picture("Same sitting", consent=photo.consent)
    by_form(admin_client, photo)
    sibling.refresh_from_db()
    assert sibling.is_displayable()
    assert Picture.objects.get(pk=photo.pk).consent_id != sibling.consent_id


@pytest.mark.parametrize("form", [True, False])
def test_same_file_again_changes_nothing(
    admin_client: Client, home: object, photo: Picture, form: bool
) -> None:
    with photo.file.open() as file:
        data = file.read()
    photo = Picture.objects.get()
    Picture.objects.filter(pk=photo.pk).update(file_hash=_hash_after_cleaning(data))
    former = photo.consent_id
    if form:
        by_form(admin_client, photo, file=SimpleUploadedFile("same.jpg", data))  # type: ignore[arg-type]
    else:
        photo.file.save("same.jpg", ContentFile(data))
    photo.refresh_from_db()
    assert photo.consent_id == former
    assert photo.description == "A picture, described"
    assert photo.is_displayable()
    assert photo.sizes


def _hash_after_cleaning(data: bytes) -> str:
    probe = Picture(title="Probe")
    probe.file.save("probe.jpg", ContentFile(data), save=False)
    return probe.file_hash


def test_edit_without_new_file_changes_nothing(
    admin_client: Client, home: object, photo: Picture
) -> None:
    former = photo.consent_id
    data = {"title": "Renamed", "description": photo.description, "description_es": "Una"}
    response = admin_client.post(f"/admin/images/{photo.pk}/", data)
    assert response.status_code == 302
    photo.refresh_from_db()
    assert (photo.title, photo.consent_id) == ("Renamed", former)
    assert photo.sizes
    messages = [str(one) for one in get_messages(response.wsgi_request)]
    assert not [message for message in messages if "new file" in message]


def test_new_file_from_the_content_loader_resets_consent_and_alt_text(
    media: Path, photo: Picture, tmp_path: Path
) -> None:
    file = tmp_path / "rio.jpg"
    file.write_bytes(jpeg("red"))
    values = {
        "title": "River",
        "description": "A river",
        "other_descriptions": {},
    }
    consent = {"shown": "no-one"}  # the loader sets this afterward
    former, original = photo.consent_id, media / str(photo.file)
    saved = content_pictures.save(PictureFile("rio", file, values, consent, None, "x"), photo)
    saved.refresh_from_db()
    assert saved.consent_id != former
    assert saved.description == "A river"
    assert not saved.record.shown
    assert not saved.sizes
    assert original.exists()  # deleted at the commit


@pytest.mark.parametrize("data", [{}, {"description": "Words", "title": ""}])
def test_refused_form_shows_the_old_file(
    admin_client: Client, home: HomePage, media: Path, photo: Picture, data: dict
) -> None:
    factories.StandardPageFactory(parent=home, lead_picture=photo)
    photo.renditions.exclude(file__startswith="images/").delete()
    before = Picture.objects.values().get()
    form = {"title": photo.title, "description": photo.description, "description_es": ""}
    form |= {"file": SimpleUploadedFile("new.jpg", jpeg("red", (800, 500)))} | data
    response = admin_client.post(f"/admin/images/{photo.pk}/", form)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert "could not be found" not in response.content.decode()
    assert Picture.objects.values().get() == before
    rendition = photo.renditions.get(filter_spec="original")
    assert (rendition.width, rendition.height) == (photo.width, photo.height)
