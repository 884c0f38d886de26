"""If a former file is uploaded again, the answer to “Who is shown” cannot allow more than before.

A former file is a file that was deleted or replaced.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection

from consent.changes import change
from consent.models import PICTURES_NEED_CONSENT, Shown
from consent.plans import make_plan
from consent.withdrawal import withdraw
from content_files import pictures as content_pictures
from content_files.pictures import PictureFile
from mission.models import HomePage
from pictures.former_files import FormerFile
from pictures.models import Picture
from tests.consent.roles import client_of, user_with_role
from tests.pictures.test_duplicates import COPIES, scene
from tests.pictures.test_stricter_copies import (
    EVERYWHERE,
    STRICTER_BY_ROLE,
    existing_picture,
    may_answer_after,
    values,
)

pytestmark = pytest.mark.usefixtures("all_renditions", "db")
SENTENCE = "The same picture was uploaded before, and its consent record allowed less."


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any, home: HomePage) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def upload(client: Client, data: bytes) -> Picture:
    known = set(Picture.objects.values_list("pk", flat=True))
    sent = {"title": "Again", "files[]": SimpleUploadedFile("again.jpg", data)}
    assert client.post("/admin/images/multiple/add/", sent).json()["success"]
    return Picture.objects.exclude(pk__in=known).get()


def answer(client: Client, picture: Picture, shown: str) -> Picture:
    assert client.post(f"/admin/images/{picture.pk}/", values(shown)).status_code == 302
    return Picture.objects.get(pk=picture.pk)


def delete_in_cms(photo: Picture, tmp_path: Path) -> None:
    url = reverse("wagtailimages:delete", args=[photo.pk])
    assert client_of(user_with_role("administrator")).post(url).status_code == 302


def delete_selection(photo: Picture, tmp_path: Path) -> None:
    url = reverse("wagtail_bulk_action", args=["pictures", "picture", "delete"])
    client = client_of(user_with_role("administrator"))
    assert client.post(f"{url}?id={photo.pk}").status_code == 302


def delete_by_code(photo: Picture, tmp_path: Path) -> None:
    photo.delete()


def delete_by_query(photo: Picture, tmp_path: Path) -> None:
    Picture.objects.all().delete()


def delete_collection(photo: Picture, tmp_path: Path) -> None:
    collection = Collection.get_first_root_node().add_child(name="March")
    photo.collection = collection
    photo.save()
    collection.delete()


def replace_by_form(photo: Picture, tmp_path: Path) -> None:
    data = values("no-one") | {"file": SimpleUploadedFile("other.jpg", scene(2))}
    del data["shown"]
    url = f"/admin/images/{photo.pk}/"
    assert client_of(user_with_role("administrator")).post(url, data).status_code == 302


def replace_by_loader(photo: Picture, tmp_path: Path) -> None:
    file = tmp_path / "other.jpg"
    file.write_bytes(scene(2))
    texts = {"title": "March", "description": "", "other_descriptions": {}}
    content_pictures.save(PictureFile("march", file, texts, {}, None, "x"), photo)


DELETIONS = [delete_in_cms, delete_selection, delete_by_code, delete_by_query, delete_collection]
REPLACEMENTS = [replace_by_form, replace_by_loader]


@pytest.mark.parametrize("remove", [*DELETIONS, *REPLACEMENTS])
@pytest.mark.parametrize("again", COPIES)
def test_less_strict_answer_about_former_file_is_not_saved(
    remove: Callable, again: str, tmp_path: Path
) -> None:
    remove(existing_picture(shown="child"), tmp_path)
    client = client_of(user_with_role("Writers"))
    copy = answer(client, upload(client, COPIES[again]), "no-one")
    assert (copy.record.shown, copy.sizes) == ("", [])
    assert SENTENCE in client.get("/admin/images/").content.decode()


@pytest.mark.parametrize("role", ["Editors", "Story stewards"])
@pytest.mark.parametrize("again", COPIES)
def test_less_strict_answer_is_not_saved_if_the_former_file_comes_back(
    role: str, again: str
) -> None:
    photo = existing_picture(shown="child")
    client = client_of(user_with_role(role))
    for data in (scene(2), COPIES[again]):
        file = {"file": SimpleUploadedFile("new.jpg", data)}
        sent = values("no-one") | file
        if data == scene(2):
            del sent["shown"]
        assert client.post(f"/admin/images/{photo.pk}/", sent).status_code == 302
    photo = Picture.objects.get()
    assert (photo.record.shown, photo.sizes) == ("", [])


@pytest.mark.parametrize(("role", "consent", "shown"), STRICTER_BY_ROLE)
def test_less_strict_answer_about_former_file_is_saved_for_roles_that_may_widen(
    role: str, consent: dict, shown: str
) -> None:
    existing_picture(**consent).delete()
    client = client_of(user_with_role(role))
    copy = answer(client, upload(client, scene(1)), shown)
    assert copy.record.shown == (shown if role in may_answer_after(consent) else "")


@pytest.mark.parametrize(("role", "consent", "shown"), STRICTER_BY_ROLE)
def test_less_strict_answer_that_needs_no_consent_replaces_the_former_answer(
    role: str, consent: dict, shown: str
) -> None:
    existing_picture(**consent).delete()
    client, writer = client_of(user_with_role(role)), client_of(user_with_role("Writers"))
    answer(client, upload(client, scene(1)), shown).delete()
    copy = answer(writer, upload(writer, COPIES["smaller"]), shown)
    # The stricter former answer is deleted only if the new answer needs no consent.
    is_corrected = role in may_answer_after(consent) and shown not in PICTURES_NEED_CONSENT
    assert copy.record.shown == (shown if is_corrected else "")


def test_answer_about_a_similar_picture_does_not_replace_the_former_answer() -> None:
    existing_picture(shown="child").delete()
    administrator = client_of(user_with_role("administrator"))
    answer(administrator, upload(administrator, COPIES["smaller"]), "no-one").delete()
    writer = client_of(user_with_role("Writers"))
    assert not answer(writer, upload(writer, scene(1)), "no-one").record.shown


@pytest.mark.parametrize("screen", ["consent", "picture"])
@pytest.mark.parametrize("is_deleted", [False, True])
def test_only_administrators_say_that_a_copy_shows_no_child(screen: str, is_deleted: bool) -> None:
    child = existing_picture(shown="child")
    client, user = client_of(user_with_role("Story stewards")), user_with_role("Story stewards")
    copy = upload(client, COPIES["smaller"])
    if is_deleted:
        child.delete()
    for shown in ("no-one", "not-recognizable", "recognizable"):
        if screen == "picture":
            assert not answer(client, copy, shown).record.shown
        else:
            with pytest.raises(PermissionDenied):
                change(copy.consent_id, {"shown": shown}, seen=copy.record.digest, user=user)
    assert answer(client, copy, "child").record.shown == "child"


@pytest.mark.parametrize(
    ("consent", "shown"),
    [
        ({"shown": "recognizable"}, "recognizable"),
        ({"shown": "recognizable"}, "child"),
        ({"shown": "no-one", **EVERYWHERE}, "no-one"),
        ({"shown": ""}, "no-one"),
    ],
)
def test_answer_about_former_file_is_saved_if_at_least_as_strict(consent: dict, shown: str) -> None:
    existing_picture(**consent).delete()
    client = client_of(user_with_role("Writers"))
    assert answer(client, upload(client, scene(1)), shown).record.shown == shown


def test_answer_about_another_picture_is_saved() -> None:
    existing_picture(shown="child").delete()
    client = client_of(user_with_role("Writers"))
    assert answer(client, upload(client, scene(2)), "no-one").record.shown == Shown.NO_ONE


def test_former_file_keeps_only_hashes_answer_and_whether_narrowed() -> None:
    photo = existing_picture(shown="child")
    photo.delete()
    stored = FormerFile.objects.values().get()
    assert set(stored) == {"id", "file_hash", "difference_hash", "shown", "is_narrowed"}
    assert (stored["file_hash"], stored["shown"]) == (photo.file_hash, "child")
    existing_picture(shown="child").delete()
    existing_picture(shown="no-one", **EVERYWHERE).delete()
    existing_picture(shown="").delete()
    assert FormerFile.objects.count() == 1


def test_less_strict_answer_about_withdrawn_picture_is_not_saved() -> None:
    withdraw(make_plan([existing_picture(shown="child").consent]))
    client = client_of(user_with_role("Writers"))
    assert not answer(client, upload(client, scene(1)), "no-one").record.shown


def test_withdrawal_of_a_copy_does_not_delete_the_stricter_answer() -> None:
    existing_picture(shown="child").delete()
    client = client_of(user_with_role("Writers"))
    withdraw(make_plan([upload(client, COPIES["smaller"]).consent]))
    assert not answer(client, upload(client, scene(1)), "no-one").record.shown
