"""Only users who may widen consent may allow more for a copy than for the existing picture."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localdate

from consent.models import Shown
from mission.models import HomePage
from pictures.models import Picture
from tests import factories
from tests.consent.roles import ROLES, client_of, user_with_role
from tests.pictures.test_duplicates import COPIES, scene

pytestmark = pytest.mark.usefixtures("all_renditions", "db")
MAY_WIDEN = {"Story stewards", "administrator"}
COPY_EXISTS = "The same picture exists already, with its own consent record"
EVERYWHERE = {"for_social": True, "for_print": True, "for_press": True}


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: object, home: HomePage) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def existing_picture(**consent: Any) -> Picture:
    file = factories.photograph(scene(1), "march.jpg")
    return Picture.objects.create(title="March", file=file, consent=factories.consent(**consent))


def may_answer_after(consent: dict) -> set[str]:
    """The roles that may answer less strictly than `consent` about a copy."""
    return {"administrator"} if consent["shown"] == "child" else MAY_WIDEN


def values(shown: str) -> dict[str, Any]:
    return {"title": "Again", "description": "Marching", "shown": shown}


def add_in_chooser(client: Client, shown: str, file: bytes = COPIES["smaller"]) -> str:
    data = values(shown) | {"file": SimpleUploadedFile("again.jpg", file)}
    data = {f"image-chooser-upload-{name}": value for name, value in data.items()}
    response = client.post("/admin/images/chooser/create/", data).json()
    is_copy = file == COPIES["smaller"]
    assert response["step"] == ("duplicate_found" if is_copy else "chosen")
    return response.get("htmlFragment", "")


def answer_later(client: Client, shown: str) -> None:
    """Answer in the second step of a multiple upload, after Wagtail reported the duplicate."""
    data = {"title": "Again", "files[]": SimpleUploadedFile("again.jpg", scene(1, 400))}
    sent = client.post("/admin/images/multiple/add/", data).json()
    assert sent["duplicate"]
    prefix = f"image-{sent['image_id']}"
    data = {f"{prefix}-{name}": value for name, value in values(shown).items()}
    url = f"/admin/images/multiple/{sent['image_id']}/"
    saved = client.post(url, data).json()
    assert saved["success"] or "Saved, but" in saved["form"]


def answer_on_edit_page(client: Client, shown: str) -> None:
    data = {"title": "Again", "files[]": SimpleUploadedFile("again.jpg", scene(1, 400))}
    pk = client.post("/admin/images/multiple/add/", data).json()["image_id"]
    assert client.post(f"/admin/images/{pk}/", values(shown)).status_code == 302


NARROWED = {"for_site": False}
# Each case has the consent of the existing picture and an answer that would allow more.
STRICTER = [
    ({"shown": "recognizable"}, "no-one"),
    ({"shown": "recognizable", **NARROWED}, "no-one"),
    ({"shown": "recognizable", "expires_on": localdate()}, "not-recognizable"),
    ({"shown": "child"}, "recognizable"),
    ({"shown": "not-recognizable", **EVERYWHERE}, "no-one"),
    ({"shown": "no-one", **EVERYWHERE, **NARROWED}, "no-one"),
    ({"shown": "no-one", **EVERYWHERE, "for_press": False}, "not-recognizable"),
    ({"shown": "", **NARROWED}, "no-one"),
]
# Editors and campaigners have the rights of writers here, so one case is enough for each of them.
STRICTER_BY_ROLE = [
    (role, *case)
    for role in ROLES
    for case in (STRICTER[:1] if role in {"Editors", "Campaigners"} else STRICTER)
]


@pytest.mark.parametrize("role", ["Writers", "administrator"])
@pytest.mark.parametrize(("consent", "shown"), STRICTER)
def test_less_strict_answer_about_new_copy_is_not_saved(
    role: str, consent: dict, shown: str
) -> None:
    photo = existing_picture(**consent)
    client = client_of(user_with_role(role))
    message = add_in_chooser(client, shown)
    copy = Picture.objects.exclude(pk=photo.pk).get()
    assert not copy.record.shown
    assert not copy.sizes
    assert COPY_EXISTS in message


@pytest.mark.parametrize("add_copy", [answer_later, answer_on_edit_page])
@pytest.mark.parametrize("role", ROLES)
def test_less_strict_answer_is_saved_later_for_roles_that_may_widen(
    add_copy: Any, role: str
) -> None:
    photo = existing_picture(**NARROWED)
    add_copy(client_of(user_with_role(role)), "no-one")
    copy = Picture.objects.exclude(pk=photo.pk).get()
    assert copy.record.shown == ("no-one" if role in MAY_WIDEN else "")
    assert bool(copy.sizes) is (role in MAY_WIDEN)


@pytest.mark.parametrize(
    ("consent", "shown"),
    [
        ({"shown": "recognizable", **NARROWED}, "recognizable"),
        ({"shown": "recognizable"}, "child"),
        ({"shown": "no-one", **EVERYWHERE}, "no-one"),
        ({"shown": "no-one", **EVERYWHERE}, "recognizable"),
        ({"shown": ""}, "no-one"),
    ],
)
@pytest.mark.parametrize("add_copy", [add_in_chooser, answer_later])
def test_answer_about_copy_is_saved_if_at_least_as_strict(
    add_copy: Any, consent: dict, shown: str
) -> None:
    photo = existing_picture(**consent)
    add_copy(client_of(user_with_role("Writers")), shown)
    assert Picture.objects.exclude(pk=photo.pk).get().record.shown == shown


def test_picture_that_is_no_copy_gets_any_answer(home: HomePage) -> None:
    photo = existing_picture(**NARROWED)
    add_in_chooser(client_of(user_with_role("Writers")), "no-one", scene(2))
    other = Picture.objects.exclude(pk=photo.pk).get()
    assert other.record.shown == Shown.NO_ONE
    assert other.sizes
