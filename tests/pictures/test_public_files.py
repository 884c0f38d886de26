"""A picture has public files only while it may be shown. Files for the CMS are not public."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.images.shortcuts import get_rendition_or_not_found
from wagtail.models import Collection, GroupCollectionPermission

from consent import changes
from consent.models import ConsentRecord
from mission.models import HomePage
from pictures.models import NotPublic, Picture
from pictures.specs import DRAWING, PUBLIC_SPECS, SHARED, SMALL
from pictures.tasks import make_sizes
from staff.models import User
from tests import factories
from tests.consent.roles import ROLES, client_of, user_with_role

pytestmark = pytest.mark.usefixtures("all_renditions", "db")
BLANK: dict = {"shown": ""}
ENDED = {"expires_on": timezone.localdate()}
NOT_ON_SITE = {"for_site": False, "for_social": True}


@pytest.fixture
def media(tmp_path: Path, settings: object) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def public(media: Path) -> set[str]:
    return {path.name for path in media.glob("images/*")}


def photo_with(**consent: object) -> Picture:
    return factories.picture(size=(1000, 700), consent=factories.consent(**consent))


@pytest.mark.parametrize("consent", [BLANK, ENDED, NOT_ON_SITE])
def test_picture_that_may_not_be_shown_has_no_public_file(media: Path, consent: dict) -> None:
    photo = photo_with(**consent)
    assert photo.specs == ()
    photo.make_sizes()
    photo.make_sizes(SMALL, SHARED)
    photo.make_first_size()
    make_sizes(photo.pk)
    call_command("make_sizes")
    call_command("show_pictures")
    photo.save()
    with pytest.raises(NotPublic):
        photo.get_rendition(SMALL)
    with pytest.raises(NotPublic):
        photo.get_renditions(*PUBLIC_SPECS[:-1])
    assert not get_rendition_or_not_found(photo, SHARED).pk
    assert public(media) == set()
    photo.refresh_from_db()
    assert photo.sizes == []
    assert not photo.renditions.exists()


def test_drawing_that_may_not_be_shown_has_no_public_file(media: Path) -> None:
    drawing = factories.drawing(consent=factories.consent(shown=""))
    for spec in ("original", "max-165x165", "max-800x600"):
        assert drawing.get_rendition(spec).url.startswith("/admin/pictures/")
    with pytest.raises(NotPublic):
        drawing.get_rendition(DRAWING)
    assert public(media) == set()


def test_social_size_requires_social_scope(media: Path) -> None:
    photo = photo_with(for_social=False)
    assert len(photo.sizes) == len(photo.specs) == len(public(media))
    assert photo.shared is None
    with pytest.raises(NotPublic):
        photo.get_rendition(SHARED)
    assert photo_with(for_social=True).shared


def test_sufficient_consent_makes_files_and_narrowing_deletes_them(
    media: Path, admin_user: User, django_capture_on_commit_callbacks: Callable
) -> None:
    photo = photo_with(basis="")

    def change(**values: object) -> set[str]:
        record = ConsentRecord.objects.get(pk=photo.consent_id)
        with django_capture_on_commit_callbacks(execute=True):
            changes.change(record.pk, values, seen=record.digest, user=admin_user)
        photo.refresh_from_db()
        files = public(media)
        assert {Path(size[1]).name for size in photo.sizes} == files
        return files

    assert change(for_social=True) == set()
    made = change(basis="form")
    assert len(made) == len(photo.specs) == 10
    without = change(for_social=False)
    assert len(without) == 9
    assert without < made
    again = change(for_social=True)
    assert without < again
    assert not (again - without) & made, "an old URL works again"
    assert change(for_site=False) == set()
    assert not change(for_site=True) & made


@pytest.mark.parametrize(
    "narrowed",
    [
        {"for_site": False},
        {"shown": ""},
        {"basis": ""},
        {"form_reference": ""},
        {"given_on": None},
        {"given_on": timezone.localdate() + timedelta(days=1)},
        {"expires_on": timezone.localdate()},
        {"shown": "child"},
    ],
)
def test_change_by_sql_takes_effect_in_next_run_of_job(
    media: Path, django_capture_on_commit_callbacks: Callable, narrowed: dict
) -> None:
    photo = photo_with(for_social=True)
    records = ConsentRecord.objects.filter(pk=photo.consent_id)
    values = records.values(*narrowed).get()
    made = public(media)
    assert len(made) == 10
    records.update(**narrowed)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("expire_consent")
    assert public(media) == set()
    call_command("show_pictures")
    assert public(media) == set()
    records.update(**values)
    call_command("show_pictures")
    assert len(public(media)) == 10
    assert not public(media) & made


def test_job_deletes_and_makes_the_social_size_separately(
    media: Path, django_capture_on_commit_callbacks: Callable
) -> None:
    photo, drawing = photo_with(for_social=True), factories.drawing()
    before = public(media)
    ConsentRecord.objects.update(for_social=False)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("expire_consent")
    assert len(before - public(media)) == 1
    photo.refresh_from_db()
    assert photo.shared is None
    assert not Picture.to_show().exists()
    ConsentRecord.objects.update(for_social=True)
    assert list(Picture.to_show()) == [photo]
    call_command("show_pictures")
    assert len(public(media)) == len(before)
    assert not Picture.to_show().exists()
    assert drawing.sizes


def test_consent_narrowed_while_files_are_encoded_leaves_no_public_file(
    media: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    photo = photo_with(basis="")
    records = ConsentRecord.objects.filter(pk=photo.consent_id)
    records.update(basis="form")
    encode = Picture.create_renditions

    def narrow_meanwhile(self: Picture, *filters: object) -> dict:
        made = encode(self, *filters)
        records.update(for_site=False)
        return made

    monkeypatch.setattr(Picture, "create_renditions", narrow_meanwhile)
    with django_capture_on_commit_callbacks(execute=True):
        photo.make_sizes()
    assert public(media) == set()


def test_older_public_files_of_any_size_are_taken_down(
    media: Path, django_capture_on_commit_callbacks: Callable
) -> None:
    photo = photo_with()
    photo.renditions.filter(filter_spec=SMALL).update(filter_spec="format-jpeg|width-333")
    ConsentRecord.objects.update(for_site=False)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("expire_consent")
    assert public(media) == set()


@pytest.mark.parametrize("by_worker", [False, True])
def test_crop_of_old_focal_point_is_deleted(
    media: Path, settings: object, django_capture_on_commit_callbacks: Callable, by_worker: bool
) -> None:
    settings.PICTURE_SIZES_BY_WORKER = by_worker  # type: ignore[attr-defined]
    photo = photo_with(for_social=True)
    photo.make_sizes()
    before = Picture.objects.get(pk=photo.pk)
    photo = Picture.objects.get(pk=photo.pk)
    photo.focal_point_x, photo.focal_point_y = 100, 600
    photo.focal_point_width = photo.focal_point_height = 40
    with django_capture_on_commit_callbacks(execute=True):
        photo.save()
    after = Picture.objects.get(pk=photo.pk)
    assert Path(before.shared.name).name not in public(media)
    assert after.smallest == before.smallest
    assert after.missing == ([SHARED] if by_worker else [])
    make_sizes(photo.pk)
    after = Picture.objects.get(pk=photo.pk)
    assert after.shared.name != before.shared.name
    assert len(public(media)) == len(after.sizes) == len(before.sizes)


def test_rendition_names_are_random(media: Path) -> None:
    photo, drawing = photo_with(for_social=True), factories.drawing()
    for spec in ("max-165x165", "original"):
        photo.get_rendition(spec)
        drawing.get_rendition(spec)
    names = [path.stem for path in media.rglob("*") if path.is_file()]
    # The original, the public files and the CMS renditions of `photo`, then those of `drawing`.
    assert len(names) == len(set(names)) == 1 + 10 + 2 + 1 + 1 + 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_cms_renditions_are_served_to_staff_only(
    media: Path, client: Client, home: HomePage
) -> None:
    photo, drawing = factories.picture(), factories.drawing()
    writer, reader = (factories.UserFactory(username=name) for name in ("writer", "reader"))
    writer.groups.add(Group.objects.get(name="Writers"))
    for picture, content_type in ((photo, "image/jpeg"), (drawing, "image/svg+xml")):
        rendition = picture.get_rendition("original")
        assert str(rendition.file).startswith("cms_images/")
        assert rendition.url == f"/admin/pictures/{rendition.pk}/"
        storage_url = storages["renditions"].url(str(rendition.file))
        client.logout()
        assert client.get(rendition.url).status_code == 302
        assert client.get(storage_url).status_code == 404
        client.force_login(reader)
        assert client.get(rendition.url).status_code == 302
        client.force_login(writer)
        response = client.get(rendition.url)
        assert response["Content-Type"] == content_type
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert "sandbox" in response["Content-Security-Policy"]
    rendition.file.storage.delete(str(rendition.file))
    assert client.get(rendition.url).status_code == 404
    assert client.get("/admin/pictures/987654/").status_code == 404
    public_rendition = photo.renditions.get(filter_spec=SMALL)
    assert client.get(f"/admin/pictures/{public_rendition.pk}/").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_cms_renditions_of_pictures_that_it_may_choose(
    media: Path, home: HomePage, role: str
) -> None:
    client = client_of(user_with_role(role))
    assert client.get(factories.picture().get_rendition("max-165x165").url).status_code == 200


def test_cms_rendition_needs_permission_for_collection_of_picture(
    media: Path, home: HomePage
) -> None:
    root = Collection.get_first_root_node()
    opened, closed = root.add_child(name="Open"), root.add_child(name="Closed")
    group = Group.objects.get(name="Writers")
    permissions = GroupCollectionPermission.objects.filter(group=group)
    permissions.update(collection=opened)
    writer = user_with_role("Writers")
    client = client_of(writer)

    def status(**values: object) -> int:
        photo = factories.picture()
        Picture.objects.filter(pk=photo.pk).update(**values)
        return client.get(photo.get_rendition("max-165x165").url).status_code

    assert status(collection=opened) == 200
    assert status(collection=root) == status(collection=closed) == 404
    permissions.filter(permission__codename="choose_image").delete()
    assert status(collection=opened) == 404
    assert status(collection=opened, uploaded_by_user=writer) == 200
    permissions.delete()
    assert status(collection=opened, uploaded_by_user=writer) == 404
    assert client.get("/admin/").status_code == 200
