"""Only those who may upload may send large requests."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dpa_site.middleware.body_limit import MAX_CMS_SIZE, MAX_SIZE, MAX_UPLOAD_SIZE, UPLOAD_VIEWS
from stories.models import StoryIndexPage
from stories.submission_form import SubmissionForm
from tests import factories

STORY = "/take-part/story/"
ADD = "/admin/images/multiple/add/"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def writer(db: None) -> Client:
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name="Writers"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def open_form(story_index: StoryIndexPage) -> None:
    story_index.takes_stories = True
    story_index.save()


def send(client: Client, path: str, size: int) -> int:
    """The status of the response to a POST that says that its body has `size` bytes."""
    return client.post(path, headers=OURS, CONTENT_LENGTH=str(size)).status_code


@pytest.mark.parametrize(
    "path", ["/", "/nowhere/", "/search/", "/take-part/delete/", "/es/take-part/delete/", STORY]
)
def test_public_requests_are_small(client: Client, home: object, path: str) -> None:
    assert send(client, path, MAX_SIZE + 1) in {404, 413}
    assert send(client, "/take-part/delete/", MAX_SIZE + 1) == 413


def test_refusal_says_what_to_do(client: Client, home: object) -> None:
    path, size = "/take-part/delete/", str(MAX_SIZE + 1)
    html = client.post(path, headers=OURS, CONTENT_LENGTH=size).content.decode()
    assert "Nothing was sent. Go back" in html
    assert "No se envió nada. Vuelve atrás" in html


def test_cms_requests_may_be_as_large_as_a_page(client: Client, home: object) -> None:
    assert MAX_CMS_SIZE <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for path in ("/admin/pages/1/edit/", "/account/login/", ADD):
        assert send(client, path, MAX_CMS_SIZE + 1) in {200, 413}, path
    assert send(client, "/account/login/", MAX_CMS_SIZE + 1) == 413


def test_refused_upload_says_that_the_session_has_ended(client: Client, home: object) -> None:
    response = client.post(ADD, headers=OURS, CONTENT_LENGTH=str(MAX_CMS_SIZE + 1))
    assert "You were signed out" in response.json()["error_message"]


def test_nothing_reads_a_request_that_is_too_large(
    client: Client, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("django.http.request.HttpRequest._load_post_and_files", fail)
    client.cookies["csrftoken"] = "a" * 32
    for path in ("/take-part/delete/", "/account/login/", ADD, STORY):
        send(client, path, MAX_UPLOAD_SIZE + 1)


@pytest.mark.parametrize(
    ("path", "editor", "anybody"),
    [
        *(
            (reverse(name, args=[1] if "edit" in name or "from" in name else []), 204, 401)
            for name in sorted(UPLOAD_VIEWS)
        ),
        (f"{ADD}?next=1", 204, 401),
        (STORY, 204, 204),
        ("/es/take-part/story/", 204, 204),
        ("/admin/images/", 401, 401),
        ("/admin/pages/1/edit/", 401, 401),
        ("/take-part/delete/", 401, 401),
        ("/nowhere/", 401, 401),
        ("/admin//images/multiple/add/", 401, 401),
        ("", 401, 401),
    ],
)
@pytest.mark.usefixtures("open_form")
def test_edge_learns_who_may_upload(
    client: Client, writer: Client, path: str, editor: int, anybody: int
) -> None:
    for who, status in ((writer, editor), (client, anybody)):
        response = who.get("/-/may-upload/", headers={"X-Original-URI": path})
        assert (response.status_code, response.content) == (status, b"")
        assert "no-store" in response["Cache-Control"]


def test_upload_needs_access_to_the_cms(home: object) -> None:
    client = Client()
    client.force_login(factories.UserFactory())
    response = client.get("/-/may-upload/", headers={"X-Original-URI": ADD})
    assert response.status_code == 401


def test_story_form_takes_a_picture_only_while_it_is_open(
    client: Client, story_index: StoryIndexPage
) -> None:
    for takes_stories, status, answer in ((False, 413, 401), (True, 422, 204)):
        StoryIndexPage.objects.update(takes_stories=takes_stories)
        picture = SimpleUploadedFile("a.jpg", b"a" * MAX_SIZE)
        posted = client.post(STORY, {"picture": picture}, headers=OURS)
        assert posted.status_code == status
        asked = client.get("/-/may-upload/", headers={"X-Original-URI": STORY})
        assert asked.status_code == answer
        assert send(client, STORY, MAX_UPLOAD_SIZE + 1) == 413


# --- deploy/nginx.conf has the same limits.

CONFIGURATION = (settings.BASE_DIR / "deploy/nginx.conf").read_text("utf-8")


def location(path: str) -> str:
    """The content of the first location with a regular expression that matches `path`."""
    for pattern, content in re.findall(
        r"\n        location ~ (\S+) \{\n(.*?)\n        \}", CONFIGURATION, re.DOTALL
    ):
        if re.search(pattern, path):
            return content
    return ""


def size_limit(content: str) -> int:
    number, unit = re.findall(r"client_max_body_size (\d+)([km]);", content)[0]
    return int(number) * {"k": 1024, "m": 1024 * 1024}[unit]


def test_edge_has_the_same_limits() -> None:
    assert size_limit(CONFIGURATION) == MAX_SIZE
    for path in ("/admin/pages/1/edit/", "/account/login/"):
        assert size_limit(location(path)) == MAX_CMS_SIZE
    for name in UPLOAD_VIEWS:
        content = location(reverse(name, args=[1] if "edit" in name or "from" in name else []))
        assert size_limit(content) == MAX_UPLOAD_SIZE, name
        assert "uploads.conf" in content
    for path in (STORY, f"/es{STORY}"):
        content = location(path)
        assert size_limit(content) == MAX_UPLOAD_SIZE > SubmissionForm.max_file_size
        assert "uploads.conf" in content
    assert location("/take-part/delete/") == ""


def test_edge_answers_refused_uploads_with_the_sentences_of_the_cms() -> None:
    sentence = (
        "You were signed out, so this was not saved. Sign in, reload this page, and upload again."
    )
    assert f'default "{sentence}";' in CONFIGURATION
    with translation.override("es"):
        assert f'"~*^es" "{translation.gettext(sentence)}";' in CONFIGURATION


def test_image_returns_the_memory_of_decoded_pictures() -> None:
    assert "MALLOC_MMAP_THRESHOLD_=" in (settings.BASE_DIR / "Dockerfile").read_text("utf-8")


def test_edge_stores_bodies_on_disk() -> None:
    assert "client_body_temp_path /data/uploads/" in CONFIGURATION
    assert "proxy_temp_path /data/uploads/" in CONFIGURATION
    compose = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")
    assert compose.count("- uploads:/data/uploads\n") == 2
    assert "UPLOAD_TEMP_DIR: /data/uploads\n" in compose
    assert "/data/uploads" in (settings.BASE_DIR / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("charset", ["zlib", "hex", "idna", "utf-7", "undefined", "latin-1", "x"])
def test_forms_in_other_encodings_are_refused(client: Client, home: object, charset: str) -> None:
    for path in ("/take-part/delete/", "/account/login/", "/nowhere/"):
        body, kind = b"email=%2BADw-", "application/x-www-form-urlencoded"
        for sent in (
            f"{kind}; charset={charset}",
            f"multipart/form-data; boundary=x; charset={charset}",
        ):
            response = client.generic("POST", path, body, content_type=sent, headers=OURS)
            assert response.status_code in {400, 404}, (path, sent)


def test_forms_in_utf_8_are_read(client: Client, home: object) -> None:
    sent = "application/x-www-form-urlencoded; charset=UTF-8"
    body = b"email=a@example.org"
    response = client.post("/take-part/delete/", body, content_type=sent, headers=OURS)
    assert response.status_code == 422  # read, and its time stamp is missing
