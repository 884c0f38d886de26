"""Every upload form asks who is shown."""

import re
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from consent import changes
from consent.models import ConsentRecord, Scope, Shown
from pictures.forms import PictureForm
from pictures.models import Picture
from staff.models import User
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions", "db")
SAVED = "Saved, but the picture cannot be used yet:"  # all pictures here lack an alt text
NOBODY_AGREED = "Nobody has agreed yet: this picture cannot be used before a story steward"


def log_in(client: Client, role: str) -> None:
    user = factories.UserFactory(username="uploader")
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)


@pytest.fixture
def cms(client: Client, home: object) -> Client:
    log_in(client, "Writers")
    return client


def file() -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(data, "JPEG")
    return SimpleUploadedFile("march.jpg", data.getvalue())


def add_in_chooser(cms: Client, shown: str) -> bool:
    values = {"title": "March", "description": "", "file": file(), "shown": shown}
    data = {f"image-chooser-upload-{name}": value for name, value in values.items()}
    response = cms.post("/admin/images/chooser/create/", data).json()
    assert response["step"] in {"duplicate_found", "reshow_creation_form"}
    return SAVED in response.get("htmlFragment", "")


def add_several(cms: Client, shown: str) -> bool:
    """Wagtail sends the file first, and then the fields."""
    sent = cms.post("/admin/images/multiple/add/", {"title": "March", "files[]": file()}).json()
    assert sent["success"]
    prefix = f"image-{sent['image_id']}"
    assert f'name="{prefix}-shown"' in sent["form"]
    assert "checked" not in sent["form"]
    values = {"title": "March", "description": "", "shown": shown}
    data = {f"{prefix}-{name}": value for name, value in values.items()}
    return SAVED in cms.post(f"/admin/images/multiple/{sent['image_id']}/", data).json()["form"]


def add_with_invalid_title_first(cms: Client, shown: str) -> bool:
    data = {"title": "M" * 300, "files[]": file()}
    pk = cms.post("/admin/images/multiple/add/", data).json()["uploaded_file_id"]
    values = {"title": "March", "description": "", "shown": shown}
    url = f"/admin/images/multiple/create_from_uploaded_image/{pk}/"
    data = {f"uploaded-image-{pk}-{name}": value for name, value in values.items()}
    return SAVED in cms.post(url, data).json()["form"]


def edit(cms: Client, shown: str) -> bool:
    sent = cms.post("/admin/images/multiple/add/", {"title": "March", "files[]": file()}).json()
    data = {"title": "March", "description": "", "shown": shown}
    return cms.post(f"/admin/images/{sent['image_id']}/", data).status_code == 302


WAYS = [add_in_chooser, add_several, add_with_invalid_title_first, edit]


@pytest.mark.parametrize("way", WAYS)
def test_upload_form_requires_answer(cms: Client, way: object) -> None:
    assert not way(cms, "")  # type: ignore[operator]
    assert not way(cms, "everybody")  # type: ignore[operator]
    assert not Picture.objects.exclude(consent__shown="").exists()


def test_form_names_the_missing_answer(cms: Client) -> None:
    sent = cms.post("/admin/images/multiple/add/", {"title": "March", "files[]": file()}).json()
    values = {"title": "March", "description": ""}
    response = cms.post(f"/admin/images/{sent['image_id']}/", values)
    (sentence,) = response.context["form"].errors["shown"]
    assert "Say who is shown" in sentence


@pytest.mark.parametrize("shown", Shown.values)
@pytest.mark.parametrize("way", WAYS)
def test_answer_is_saved_and_pictures_of_recognizable_people_are_not_public(
    cms: Client, way: object, shown: str
) -> None:
    assert way(cms, shown)  # type: ignore[operator]
    picture = Picture.objects.get()
    record = picture.record
    assert record.shown == shown
    is_public = shown in {Shown.NO_ONE, Shown.NOT_RECOGNIZABLE}
    assert picture.is_displayable() is is_public
    assert bool(picture.sizes) is is_public
    assert record.for_social is record.for_print is record.for_press is is_public
    assert not record.basis
    assert not record.expires_on


@pytest.mark.parametrize("role", ["Editors", "Campaigners", "Story stewards"])
def test_every_role_says_who_is_shown(client: Client, home: object, role: str) -> None:
    log_in(client, role)
    assert add_in_chooser(client, "no-one")
    assert Picture.objects.get().sizes


def test_form_has_no_default_and_no_other_consent_fields(
    admin_client: Client, home: object
) -> None:
    html = admin_client.get("/admin/images/chooser/").json()["html"]
    radios = re.findall(r'<input type="radio"[^>]*name="image-chooser-upload-shown"[^>]*>', html)
    assert len(radios) == len(Shown.values)
    assert not [radio for radio in radios if "checked" in radio]
    fields = {field.name for field in ConsentRecord._meta.get_fields()} - {"shown"}
    assert not [name for name in fields if f'name="image-chooser-upload-{name}"' in html]


def test_form_does_not_ask_again_who_is_shown(admin_client: Client, home: object) -> None:
    photo = factories.picture(consent=factories.consent())
    url = f"/admin/images/{photo.pk}/"
    assert 'name="shown"' not in admin_client.get(url).content.decode()
    data = {"title": "Other", "description": "Words"}
    response = admin_client.post(url, data | {"shown": "no-one"})
    assert "your answer was not saved" in response.content.decode()
    assert admin_client.post(url, data).status_code == 302
    photo.refresh_from_db()
    assert photo.title == "Other"
    assert photo.record.shown == Shown.RECOGNIZABLE


def test_form_of_story_portrait_does_not_ask_who_is_shown(
    admin_client: Client, story_index: object
) -> None:
    record = factories.consent(shown="")
    photo = factories.picture(consent=record)
    factories.StoryPageFactory(parent=story_index, live=False, portrait=photo, consent=record)
    url = f"/admin/images/{photo.pk}/"
    assert 'name="shown"' not in admin_client.get(url).content.decode()
    data = {"title": "Other", "description": "Words", "shown": "no-one"}
    assert admin_client.post(url, data).status_code == 302
    record.refresh_from_db()
    assert record.shown == ""


def upload_unanswered(cms: Client) -> Picture:
    sent = cms.post("/admin/images/multiple/add/", {"title": "March", "files[]": file()}).json()
    return Picture.objects.get(pk=sent["image_id"])


@pytest.mark.parametrize(
    "values", [{"for_site": False}, {"for_social": True}, {"form_reference": "F-17"}]
)
@pytest.mark.parametrize("shown", ["no-one", "not-recognizable"])
def test_answer_keeps_scopes_that_somebody_has_changed(
    cms: Client, values: dict, shown: str
) -> None:
    picture = upload_unanswered(cms)
    steward = factories.UserFactory(is_superuser=True)
    changes.change(picture.consent_id, values, seen=picture.record.digest, user=steward)
    decided = Picture.objects.get(pk=picture.pk).record
    data = {"title": "March", "description": "", "shown": shown}
    assert cms.post(f"/admin/images/{picture.pk}/", data).status_code == 302
    record = ConsentRecord.objects.get()
    assert record.shown == shown
    for scope in Scope.values:
        assert record.is_displayable(scope) is getattr(decided, f"for_{scope}")
    stays_off = "This picture stays off the site" in cms.get("/admin/images/").content.decode()
    assert stays_off is not record.for_site


def test_answer_keeps_site_scope_cleared_by_sql(cms: Client) -> None:
    picture = upload_unanswered(cms)
    ConsentRecord.objects.update(for_site=False)
    data = {"title": "March", "description": "", "shown": "no-one"}
    assert cms.post(f"/admin/images/{picture.pk}/", data).status_code == 302
    assert not Picture.objects.get().sizes
    assert not any(getattr(ConsentRecord.objects.get(), f"for_{scope}") for scope in Scope.values)


@pytest.mark.parametrize("values", [{"for_site": True}, {"shown": "no-one", "for_site": True}])
def test_uploader_cannot_widen_record_without_answer(cms: Client, values: dict) -> None:
    picture = upload_unanswered(cms)
    ConsentRecord.objects.update(for_site=False)
    uploader = User.objects.get(username="uploader")
    seen = ConsentRecord.objects.get().digest
    with pytest.raises(PermissionDenied):
        changes.change(picture.consent_id, values, seen=seen, user=uploader)


@pytest.mark.parametrize("path", ["/admin/images/{}/", "/admin/images/multiple/{}/"])
def test_answer_is_refused_if_a_colleague_saved_another_answer(cms: Client, path: str) -> None:
    """Two colleagues have the form open. The first answers “No one”, the second “A child”."""
    sent = cms.post("/admin/images/multiple/add/", {"title": "March", "files[]": file()}).json()
    pk = sent["image_id"]
    prefix = f"image-{pk}-" if "multiple" in path else ""

    def post(shown: str) -> str:
        values = {"title": "March", "description": "", "shown": shown}
        data = {f"{prefix}{name}": value for name, value in values.items()}
        response = cms.post(path.format(pk), data)
        return "" if response.status_code == 302 else response.content.decode()

    post("no-one")
    assert "your answer was not saved" in post("child")
    assert "your answer was not saved" not in post("no-one")
    assert Picture.objects.get(pk=pk).record.shown == Shown.NO_ONE


def test_alt_text_for_a_replaced_file_is_refused(cms: Client) -> None:
    picture = factories.picture("March")
    Picture.objects.update(uploaded_by_user=User.objects.get(username="uploader"))
    form = cms.get(f"/admin/images/{picture.pk}/").context["form"]
    data = {"title": "March", "description": "People march", **form.initial}
    data = {name: value for name, value in data.items() if isinstance(value, str | int)}
    data |= {"seen_file": form["seen_file"].value(), "description": "People march in the rain"}
    assert cms.post(f"/admin/images/{picture.pk}/", data).status_code == 302
    Picture.objects.filter(pk=picture.pk).update(file_hash="0123456789abcdef")
    data["description"] = "A garden with three trees"
    response = cms.post(f"/admin/images/{picture.pk}/", data)
    assert list(response.context["form"].errors) == ["description"]
    assert Picture.objects.get(pk=picture.pk).description == "People march in the rain"


def test_alt_text_is_not_saved_if_file_is_replaced_during_save(
    cms: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saving the form would write the name of the old, deleted file into the row."""
    picture, other = factories.picture("March"), factories.picture("Rain")
    Picture.objects.update(uploaded_by_user=User.objects.get(username="uploader"))
    check = PictureForm.clean

    def clean(form: PictureForm) -> dict:
        cleaned = check(form)
        Picture.objects.filter(pk=picture.pk).update(file=str(other.file))
        return cleaned

    monkeypatch.setattr(PictureForm, "clean", clean)
    data = {"title": "March", "description": "A garden with three trees"}
    assert cms.post(f"/admin/images/{picture.pk}/", data).status_code == 404
    picture.refresh_from_db()
    # The new file is rolled back too, because this test replaces it in the same transaction.
    assert picture.description == "March, described"
