"""If a picture cannot be used yet, saving it shows the reasons instead of “updated”."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pictures.models import Picture
from pictures.usability import reasons_not_to_use
from tests import factories
from tests.pictures.test_duplicates import scene
from tests.pictures.test_who_is_shown import file, log_in

pytestmark = pytest.mark.django_db
GOOD = {"title": "March", "description": "Six people hold a banner", "shown": "no-one"}
NOBODY = "Nobody has agreed yet: this picture cannot be used before a story steward"
LABEL = "The alt text of “March” is a file name or a label. Describe what it shows."
ADD, CHOOSER = "/admin/images/multiple/add/", "/admin/images/chooser/create/"
REASONS: dict[str, tuple[dict[str, str], list[str]]] = {
    "usable": ({}, []),
    "decoration": ({"description": "", "is_decoration": "on"}, []),
    "file name": ({"description": "IMG_4711.jpg"}, [LABEL]),
    "empty": ({"description": ""}, ["has no alt text in English. Describe it."]),
    "Spanish": ({"description_es": "foto.jpg"}, [f"Description (Spanish): {LABEL}"]),
    "recognizable": ({"shown": "recognizable"}, [NOBODY]),
    "child": ({"shown": "child"}, [NOBODY]),
    "both": ({"shown": "recognizable", "description": "Foto 1"}, [NOBODY, LABEL]),
}


@pytest.fixture
def cms(client: Client, home: object) -> Client:
    log_in(client, "Editors")
    return client


def add(cms: Client, **values: Any) -> dict:
    return cms.post(ADD, {"title": "March", "files[]": file()} | values).json()


def prefixed(prefix: str, values: dict) -> dict:
    return {f"{prefix}-{name}": value for name, value in values.items()}


def save_one(cms: Client, values: dict) -> str:
    url = f"/admin/images/{add(cms)['image_id']}/"
    return messages(cms.post(url, values))


def messages(response: Any) -> str:
    assert response.status_code == 302
    (message,) = [m for m in get_messages(response.wsgi_request) if "Removed" not in str(m)]
    assert (message.level_tag == "success") is ("updated" in str(message))
    return "" if message.level_tag == "success" else str(message)


def save_in_list(cms: Client, values: dict) -> str:
    pk = add(cms)["image_id"]
    return form(cms.post(f"/admin/images/multiple/{pk}/", prefixed(f"image-{pk}", values)))


def save_after_invalid_title(cms: Client, values: dict) -> str:
    pk = add(cms, title="M" * 300)["uploaded_file_id"]
    url = f"/admin/images/multiple/create_from_uploaded_image/{pk}/"
    return form(cms.post(url, prefixed(f"uploaded-image-{pk}", values)))


def form(response: Any) -> str:
    data = response.json()
    pk = data["image_id"]
    assert Picture.objects.filter(pk=pk).exists()
    if data["success"]:
        return ""
    assert f'action="/admin/images/multiple/{pk}/"' in data["form"]
    assert f'name="image-{pk}-description"' in data["form"]
    return data["form"]


def add_in_chooser(cms: Client, values: dict) -> str:
    data = prefixed("image-chooser-upload", values | {"file": file()})
    response = cms.post(CHOOSER, data).json()
    if response["step"] == "chosen":
        return ""
    html = response["htmlFragment"]
    (url,) = re.findall(r'href="([^"]+)" class="use-new-image', html)
    assert cms.get(unescape(url)).json()["step"] == "chosen"
    return html


def add_copy_in_chooser(cms: Client, values: dict) -> str:
    factories.picture("Former")
    Picture.objects.update(file_hash=Picture.objects.get(pk=add(cms)["image_id"]).file_hash)
    html = add_in_chooser(cms, values)
    assert "Use existing and delete new" in html
    return html if "Saved, but" in html else ""


WAYS = [
    save_one,
    save_in_list,
    save_after_invalid_title,
    add_in_chooser,
    add_copy_in_chooser,
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["usable", "both"])
def test_every_way_to_save_tells_why_a_picture_cannot_be_used(
    cms: Client, way: Callable[[Client, dict], str], name: str
) -> None:
    values, expected = REASONS[name]
    message = way(cms, GOOD | values)
    assert bool(message) is bool(expected)
    assert all(reason in message for reason in expected)


@pytest.mark.parametrize("name", REASONS)
def test_reasons_not_to_use(name: str) -> None:
    values, expected = REASONS[name]
    values = GOOD | values
    sentences = reasons_not_to_use(
        Picture(
            title="March",
            description=values["description"],
            is_decoration="is_decoration" in values,
            other_descriptions={"es": values.get("description_es", "")},
            consent=factories.consent(shown=values["shown"], basis=""),
        )
    )
    assert len(sentences) == len(expected)
    assert all(words in sentence for words, sentence in zip(expected, sentences, strict=True))


@pytest.mark.parametrize("description", ["Six people hold a banner", "IMG_4711.jpg"])
def test_replaced_file_cannot_be_used_before_an_answer(cms: Client, description: str) -> None:
    picture = factories.picture("Former")
    new = SimpleUploadedFile("new.png", scene(3))
    data = {"title": "March", "description": description, "file": new}
    response = cms.post(f"/admin/images/{picture.pk}/", data)
    shown = list(get_messages(response.wsgi_request))
    assert not [message for message in shown if message.level_tag == "success"]
    assert "cannot be used yet. Say who is shown, even if it is no one." in str(shown[0])
    assert (LABEL in str(shown[0])) is (description == "IMG_4711.jpg")


def test_new_upload_names_what_it_lacks(cms: Client) -> None:
    html = add(cms)["form"]
    assert "The picture cannot be used yet:" in html
    assert html.count("Say who is shown, even if it is no one.") == 1
    assert "has no alt text in English" in html


@pytest.mark.parametrize("name", ["a.jpg", "a.svg"])
def test_refused_file_shows_only_its_reason(cms: Client, name: str) -> None:
    broken = SimpleUploadedFile(name, b"<?php echo 1;")
    data = cms.post(ADD, {"title": "March", "files[]": broken}).json()
    assert list(data) == ["success", "error_message"]
    assert data["error_message"].count("\n") == 0
    broken.seek(0)
    data = prefixed("image-chooser-upload", GOOD | {"file": broken})
    html = cms.post(CHOOSER, data).json()["htmlFragment"]
    assert html.count('class="error-message"') == 1
    assert "Saved, but" not in html
    assert not Picture.objects.exists()
