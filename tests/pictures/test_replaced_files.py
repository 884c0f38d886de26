"""A new file needs a new answer to “Who is shown”, and a rejected file is deleted.

If the new file is a copy of the old file, the new answer must be at least as strict as the
old answer.
"""

from collections.abc import Callable
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.images.models import SourceImageIOError

from consent.mixins import WithdrawnMeanwhile
from consent.models import ConsentRecord
from consent.plans import make_plan
from consent.withdrawal import withdraw
from content_files import pictures as content_pictures
from content_files.pictures import PictureFile
from mission.models import HomePage
from pictures.models import Picture
from tests import factories
from tests.consent.roles import client_of, user_with_role
from tests.pictures.test_duplicates import COPIES, scene
from tests.pictures.test_stricter_copies import (
    COPY_EXISTS,
    STRICTER_BY_ROLE,
    existing_picture,
    may_answer_after,
)

pytestmark = pytest.mark.usefixtures("all_renditions", "db")
OTHER = scene(2)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: object, home: HomePage) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    return tmp_path / "media"


def stored(media: Path) -> list[Path]:
    return [
        path for path in media.rglob("*") if path.is_file() and path.parent.name != "withdrawals"
    ]


@pytest.fixture
def photo(media: Path) -> Picture:
    photo = existing_picture(shown="child")
    photo.description, photo.other_descriptions = "A march", {"es": "Una marcha"}
    photo.save()
    return photo


def form(photo: Picture, data: bytes, **values: str) -> dict[str, object]:
    texts = {"description": photo.description, "description_es": "Una marcha"}
    return {"title": photo.title, "file": SimpleUploadedFile("new.jpg", data)} | texts | values


def by_form(photo: Picture, data: bytes, tmp_path: Path) -> None:
    client = client_of(user_with_role("Editors"))
    url = f"/admin/images/{photo.pk}/"
    response = client.post(url, form(photo, data, shown="no-one"))
    assert "your answer was not saved" in response.content.decode()
    assert client.post(url, form(photo, data)).status_code == 302


def by_field(photo: Picture, data: bytes, tmp_path: Path) -> None:
    photo.file.save("new.jpg", ContentFile(data))


def by_content_loader(photo: Picture, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "march.jpg"
    file.write_bytes(data)
    values = {
        "title": "March",
        "description": photo.description,
        "other_descriptions": photo.other_descriptions,
    }
    content_pictures.save(PictureFile("march", file, values, {}, None, "x"), photo)


@pytest.mark.parametrize("replace", [by_form, by_field, by_content_loader])
@pytest.mark.parametrize("copy", COPIES)
def test_only_an_identical_file_keeps_consent(
    photo: Picture,
    media: Path,
    tmp_path: Path,
    replace: Callable,
    copy: str,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    is_same = copy == "same"
    record, old = photo.consent_id, photo.file.name
    photo.get_rendition("max-165x165")
    with django_capture_on_commit_callbacks(execute=True):
        replace(photo, COPIES[copy], tmp_path)
    photo = Picture.objects.get()
    assert (photo.consent_id == record) is is_same
    assert photo.record.shown == ("child" if is_same else "")
    assert not photo.is_displayable()
    if replace is not by_content_loader:  # the loader reads the alt texts again
        assert photo.description == ("A march" if is_same else "")
        assert photo.other_descriptions == ({"es": "Una marcha"} if is_same else {})
    assert photo.file.name != old
    assert [path.name for path in stored(media)] == [Path(photo.file.name).name]


@pytest.mark.parametrize(("role", "consent", "shown"), STRICTER_BY_ROLE)
def test_only_roles_that_may_widen_can_give_less_strict_answer_after_uploading_copy(
    role: str, consent: dict, shown: str
) -> None:
    photo = existing_picture(**consent)
    user = user_with_role(role)
    Picture.objects.filter(pk=photo.pk).update(uploaded_by_user=user)
    photo.refresh_from_db()
    photo.file.save("new.jpg", factories.photograph(COPIES["smaller"], "new.jpg"))
    data = {"title": "March", "description": "Marching", "shown": shown}
    assert client_of(user).post(f"/admin/images/{photo.pk}/", data).status_code == 302
    answered = Picture.objects.get().record
    assert answered.shown == (shown if role in may_answer_after(consent) else "")


def test_new_file_of_decoration_is_no_decoration(home: HomePage) -> None:
    photo = existing_picture(shown="no-one")
    photo.is_decoration = True
    photo.save()
    home.hero_picture = photo
    home.save_revision().publish()
    client = client_of(user_with_role("Editors"))
    sent = form(photo, OTHER) | {"is_decoration": "on", "description": ""}
    response = client.post(f"/admin/images/{photo.pk}/", sent)
    assert list(response.context["form"].errors) == ["description"]
    sent = form(photo, OTHER) | {"is_decoration": "on", "description": "People march"}
    assert client.post(f"/admin/images/{photo.pk}/", sent).status_code == 302
    assert not Picture.objects.get().is_decoration


@pytest.mark.parametrize("use", [{"alt_text": "Ana holds a sign"}, {"decorative": True}])
def test_new_file_is_refused_where_a_live_page_has_its_own_alt_text(
    home: HomePage, use: dict
) -> None:
    photo = existing_picture(shown="no-one")
    picture = {"image": photo.pk, "alt_text": "", "decorative": False} | use
    body = [{"type": "figure", "value": {"picture": picture}}]
    factories.StandardPageFactory(parent=home, title="About us", body=body)
    client = client_of(user_with_role("Editors"))
    sent = form(photo, OTHER) | {"description": "People march"}
    response = client.post(f"/admin/images/{photo.pk}/", sent)
    assert "“About us”" in response.context["form"].errors["file"][0]
    assert Picture.objects.get().file_hash == photo.file_hash


@pytest.mark.parametrize("data", [COPIES["smaller"], OTHER], ids=["copy", "other"])
def test_new_file_needs_new_alt_text_on_live_page(home: HomePage, data: bytes) -> None:
    photo = existing_picture(shown="no-one")
    photo.description = "People march"
    photo.save()
    home.hero_picture = photo
    home.save_revision().publish()
    client = client_of(user_with_role("Editors"))
    response = client.post(f"/admin/images/{photo.pk}/", form(photo, data))
    assert list(response.context["form"].errors) == ["description"]
    assert "describes the old file" in response.context["form"].errors["description"][0]
    response = client.post(f"/admin/images/{photo.pk}/", form(photo, b"No picture"))
    assert list(response.context["form"].errors) == ["file"]  # the old file stays
    response = client.post(f"/admin/images/{photo.pk}/", form(photo, COPIES["same"]))
    assert response.status_code == 302


@pytest.mark.parametrize("role", ["Editors", "Story stewards"])
def test_less_strict_answer_about_copy_of_another_picture_is_not_saved(role: str) -> None:
    existing_picture(shown="child")
    file = SimpleUploadedFile("other.jpg", OTHER)
    other = Picture.objects.create(title="Other", file=file)
    client = client_of(user_with_role(role))
    data = form(other, COPIES["recompressed"], shown="no-one", description="Marching")
    assert client.post(f"/admin/images/{other.pk}/", data).status_code == 302
    other = Picture.objects.get(pk=other.pk)
    assert not other.record.shown
    assert not other.sizes
    assert COPY_EXISTS in client.get("/admin/images/").content.decode()


@pytest.mark.parametrize("data", [COPIES["smaller"], OTHER], ids=["copy", "other"])
def test_withdrawal_erases_picture_whose_file_was_replaced_after_the_plan(
    photo: Picture, media: Path, data: bytes, django_capture_on_commit_callbacks: Callable
) -> None:
    # This picture uses the same record, so replacing the file does not delete the record.
    sibling = factories.picture("Same sitting", consent=photo.consent)
    plan = make_plan([photo.consent])
    digest = plan.digest
    with django_capture_on_commit_callbacks(execute=True):
        Picture.objects.get(pk=photo.pk).file.save("new.jpg", ContentFile(data))
    assert make_plan([sibling.consent]).digest != digest
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(plan)
    assert not Picture.objects.exists()
    assert not ConsentRecord.objects.exists()
    assert stored(media) == []


@pytest.mark.parametrize("data", [COPIES["smaller"], OTHER], ids=["copy", "other"])
def test_new_file_of_withdrawn_picture_is_not_kept(
    photo: Picture, media: Path, data: bytes, django_capture_on_commit_callbacks: Callable
) -> None:
    photo.file.save("new.jpg", ContentFile(data), save=False)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(make_plan([ConsentRecord.objects.get()]))
    with pytest.raises(WithdrawnMeanwhile):
        photo.save()
    assert not Picture.objects.exists()
    assert stored(media) == []


@pytest.mark.parametrize("change", ["withdrawn", "replaced"])
def test_rendition_of_replaced_file_is_not_made(
    photo: Picture, media: Path, change: str, django_capture_on_commit_callbacks: Callable
) -> None:
    outdated = Picture.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        if change == "withdrawn":
            withdraw(make_plan([photo.consent]))
        else:
            photo.file.save("new.jpg", ContentFile(OTHER))
    before = stored(media)
    # Act as if the file had been opened before it was replaced.
    outdated.open_file = lambda: nullcontext(BytesIO(scene(1)))  # type: ignore[method-assign]
    with pytest.raises(SourceImageIOError):
        outdated.get_rendition("max-165x165")
    assert stored(media) == before


def test_picture_list_is_shown_if_a_picture_is_deleted_meanwhile(
    admin_client: Client, photo: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sibling = factories.picture("Another picture")
    create = Picture.create_rendition

    def create_late(self: Picture, filter: object) -> object:  # noqa: A002 - as in Wagtail
        if self.pk == photo.pk:
            photo.delete()
        return create(self, filter)  # type: ignore[arg-type]

    monkeypatch.setattr(Picture, "create_rendition", create_late)
    page = admin_client.get("/admin/images/").content.decode()
    assert sibling.get_rendition("max-165x165").url in page
    assert not Picture.objects.filter(title="March").exists()


@pytest.mark.parametrize("data", [COPIES["smaller"], OTHER], ids=["copy", "other"])
def test_file_whose_rendition_cannot_be_made_is_not_kept(
    data: bytes,
    media: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    def fail(self: Picture, *specs: str) -> None:
        raise SourceImageIOError

    photo = existing_picture(shown="")
    photo.renditions.all().delete()
    before = stored(media)
    monkeypatch.setattr(Picture, "make_sizes", fail)
    client = client_of(user_with_role("Editors"))
    values = form(photo, data, shown="no-one", description="Marching")
    new = {f"image-chooser-upload-{name}": value for name, value in values.items()}
    new["image-chooser-upload-file"] = SimpleUploadedFile("new.jpg", data)
    urls = {f"/admin/images/{photo.pk}/": values, "/admin/images/chooser/create/": new}
    for url, sent in urls.items():
        with (
            django_capture_on_commit_callbacks(execute=True),
            pytest.raises(SourceImageIOError),
        ):
            client.post(url, sent)
        assert stored(media) == before
        kept = Picture.objects.get()
        assert (kept.file.name, kept.record.shown) == (photo.file.name, "")
