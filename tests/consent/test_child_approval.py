"""Pictures of children: only an administrator may approve one, and only for the current file."""

from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from wagtail.images.forms import get_image_form

from pictures.models import Picture
from staff.models import User
from stories.models import StoryIndexPage
from tests import factories

CONSENT = {
    "title": "A child",
    "shown": "child",
    "basis": "form",
    "form_reference": "4",
    "for_site": "on",
}


@pytest.fixture
def picture(db: None) -> Picture:
    return factories.picture(size=(60, 40))


def save_form(picture: Picture, user: User, files: dict | None = None, **facts: str) -> Picture:
    form = get_image_form(Picture)(CONSENT | facts, files, instance=picture, user=user)
    assert form.is_valid(), form.errors
    form.save()
    return Picture.objects.get()


def test_child_approval_is_ignored_from_editor_and_kept_on_edit(picture: Picture) -> None:
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    administrator = factories.UserFactory(is_superuser=True)
    assert not save_form(picture, editor, child_approved="on").visible
    assert save_form(picture, administrator, child_approved="on").visible
    assert save_form(Picture.objects.get(), editor).visible


def test_child_approval_ends_with_new_file(picture: Picture) -> None:
    administrator = factories.UserFactory(is_superuser=True)
    assert save_form(picture, administrator, child_approved="on").visible
    data = BytesIO()
    Image.new("RGB", (50, 50), "navy").save(data, "JPEG")
    files = {"file": SimpleUploadedFile("other.jpg", data.getvalue())}
    assert not save_form(Picture.objects.get(), administrator, files, child_approved="on").visible


@pytest.mark.parametrize("kind", ["picture", "story"])
def test_child_approval_field_is_for_administrators(
    story_index: StoryIndexPage, client: Client, kind: str
) -> None:
    if kind == "story":
        page = factories.StoryPageFactory(parent=story_index, live=False)
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    else:
        url = reverse("wagtailimages:edit", args=[factories.picture().pk])
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    for user in (editor, factories.UserFactory(is_superuser=True)):
        client.force_login(user)
        html = client.get(url).content.decode()
        assert 'name="form_reference"' in html
        assert ('name="child_approved"' in html) is user.is_superuser
