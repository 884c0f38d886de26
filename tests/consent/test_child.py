"""A child on a picture: only an administrator approves it, and only that very picture."""

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

FACTS = {
    "title": "A child",
    "shown": "child",
    "basis": "form",
    "form_number": "4",
    "for_site": "on",
}


@pytest.fixture
def picture(db: None) -> Picture:
    return factories.picture(size=(60, 40))


def save(picture: Picture, user: User, files: dict | None = None, **facts: str) -> Picture:
    form = get_image_form(Picture)(FACTS | facts, files, instance=picture, user=user)
    assert form.is_valid(), form.errors
    form.save()
    return Picture.objects.get()


def test_an_editor_cannot_approve_it_and_does_not_undo_it(picture: Picture) -> None:
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    administrator = factories.UserFactory(is_superuser=True)
    assert not save(picture, editor, child_approved="on").visible
    assert save(picture, administrator, child_approved="on").visible
    assert save(Picture.objects.get(), editor).visible


def test_another_file_is_another_child(picture: Picture) -> None:
    administrator = factories.UserFactory(is_superuser=True)
    assert save(picture, administrator, child_approved="on").visible
    data = BytesIO()
    Image.new("RGB", (50, 50), "navy").save(data, "JPEG")
    files = {"file": SimpleUploadedFile("other.jpg", data.getvalue())}
    assert not save(Picture.objects.get(), administrator, files, child_approved="on").visible


@pytest.mark.parametrize("kind", ["picture", "story"])
def test_approval_of_a_child_is_offered_to_administrators_alone(
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
        assert 'name="form_number"' in html
        assert ('name="child_approved"' in html) is user.is_superuser
