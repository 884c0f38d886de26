"""Only users who may upload, and visitors who submit a story, may send large requests."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from actions.rate_limit import FLOOD, buckets
from actions.signatures import RateLimitExemption
from dpa_site import wsgi
from dpa_site.middleware.body_limit import MAX_CMS_SIZE, MAX_SIZE, MAX_UPLOAD_SIZE, UPLOAD_VIEWS
from stories.models import StoryIndexPage
from stories.submission_form import MAX_LENGTH, SubmissionForm
from tests import factories

STORY = "/take-part/story/"
ADD = "/admin/images/multiple/add/"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


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
    """The status of the response to a POST request whose Content-Length is `size`."""
    return client.post(path, headers=SAME_ORIGIN, CONTENT_LENGTH=str(size)).status_code


@pytest.mark.parametrize(
    "path", ["/", "/nowhere/", "/search/", "/take-part/delete/", "/es/take-part/delete/", STORY]
)
def test_large_public_requests_are_refused(client: Client, home: object, path: str) -> None:
    assert send(client, path, MAX_SIZE + 1) in {404, 413}
    assert send(client, "/take-part/delete/", MAX_SIZE + 1) == 413


def test_refusal_says_what_to_do(client: Client, home: object) -> None:
    path, size = "/take-part/delete/", str(MAX_SIZE + 1)
    html = client.post(path, headers=SAME_ORIGIN, CONTENT_LENGTH=size).content.decode()
    assert "Nothing was sent. Go back" in html
    assert "No se envió nada. Vuelve atrás" in html


def test_cms_requests_larger_than_a_long_page_are_refused(client: Client, home: object) -> None:
    assert MAX_CMS_SIZE <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for path in ("/admin/pages/1/edit/", "/account/login/", ADD):
        assert send(client, path, MAX_CMS_SIZE + 1) in {200, 413}, path
    assert send(client, "/account/login/", MAX_CMS_SIZE + 1) == 413


def test_refused_upload_says_that_the_session_has_ended(client: Client, home: object) -> None:
    response = client.post(ADD, headers=SAME_ORIGIN, CONTENT_LENGTH=str(MAX_CMS_SIZE + 1))
    assert "You were signed out" in response.json()["error_message"]


def test_body_that_is_too_large_is_not_parsed(
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
        ("/admin/images/", 204, 401),
        ("/admin/pages/1/edit/", 204, 401),
        ("/account/login/", 401, 401),
        ("/take-part/delete/", 401, 401),
        ("/nowhere/", 401, 401),
        ("/admin//images/multiple/add/", 204, 401),
        ("//admin/take-part/story/", 401, 401),  # nginx reads it as a path below /admin/
        ("/take-part/story/../../admin/images/multiple/add/", 401, 401),
        ("", 401, 401),
    ],
)
@pytest.mark.usefixtures("open_form")
def test_may_upload_view_tells_the_edge_who_may_upload(
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
    for takes_stories, status, upload_status in ((False, 413, 401), (True, 422, 204)):
        StoryIndexPage.objects.update(takes_stories=takes_stories)
        picture = SimpleUploadedFile("a.jpg", b"a" * MAX_SIZE)
        posted = client.post(STORY, {"picture": picture}, headers=SAME_ORIGIN)
        assert posted.status_code == status
        asked = client.get("/-/may-upload/", headers={"X-Original-URI": STORY})
        assert asked.status_code == upload_status
        assert send(client, STORY, MAX_UPLOAD_SIZE + 1) == 413


@pytest.mark.usefixtures("open_form")
def test_edge_learns_whose_form_would_be_refused(
    client: Client, writer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "clock", lambda: 0.0)  # the limit must not recover during the test

    def ask(who: Client, path: str, sender: str) -> int:
        sent = {"X-Original-URI": path, "X-Forwarded-For": sender}
        return who.get("/-/may-upload/", headers=sent).status_code

    flooding, other = "203.0.113.9", "203.0.113.10"
    for _number in range(FLOOD.burst):
        assert ask(client, STORY, flooding) == 204  # asking does not count
    for _number in range(FLOOD.burst):
        client.post(STORY, headers=SAME_ORIGIN | {"X-Forwarded-For": flooding})
    assert ask(client, STORY, flooding) == 403
    assert ask(client, STORY, other) == 204
    assert ask(writer, ADD, flooding) == 204
    assert "error_page 403 =429 /429.html;" in location(STORY)
    until = timezone.now() + timedelta(hours=1)
    RateLimitExemption.objects.create(action=uuid4(), until=until)
    assert ask(client, STORY, flooding) == 204


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


def map_of(name: str) -> dict[str, str]:
    """The source variable and the first pattern of the map that sets `$name`."""
    found = re.search(
        rf'map (?P<source>\S+|".*?") \${name} {{[^}}]*?"~(?P<pattern>.*?)" ', CONFIGURATION
    )
    assert found
    return found.groupdict()


def mapped(name: str, value: str) -> str:
    """The value of `$name` that the map gives for `value`.

    A result that is a named group gives the text of the group. If no pattern matches, the default
    "" gives "". Everything else gives `value`.
    """
    [content] = re.findall(rf"map [^{{]* \${name} {{\n(.*?)\n    }}", CONFIGURATION, re.DOTALL)
    for pattern, result in re.findall(r'^ +"~(.*)" (\S+);', content, re.MULTILINE):
        if found := re.search(pattern.replace("(?<", "(?P<"), value):
            return found.groupdict().get(result.strip("$"), value)
    return "" if 'default ""' in content else value


def size_limit(content: str) -> int:
    number, unit = re.findall(r"client_max_body_size (\d+)([km]);", content)[0]
    return int(number) * {"k": 1024, "m": 1024 * 1024}[unit]


def test_edge_has_the_same_limits() -> None:
    assert size_limit(CONFIGURATION) == MAX_SIZE
    assert size_limit(location("/admin/pages/1/edit/")) == MAX_CMS_SIZE
    assert "client_max_body_size" not in location("/account/login/")
    for name in UPLOAD_VIEWS:
        content = location(reverse(name, args=[1] if "edit" in name or "from" in name else []))
        assert size_limit(content) == MAX_UPLOAD_SIZE, name
        assert "uploads.conf" in content
    for path in (STORY, f"/es{STORY}"):
        content = location(path)
        assert size_limit(content) == MAX_UPLOAD_SIZE > SubmissionForm.max_file_size
        assert "uploads.conf" in content
    assert location("/take-part/delete/") == ""


def test_edge_asks_before_it_stores_a_body_above_the_common_limit() -> None:
    """nginx asks for every method, because it stores the body of a GET request too."""
    larger = [
        content
        for content in re.findall(r"\n        location (.*?)\n        \}", CONFIGURATION, re.DOTALL)
        if re.search(r"client_max_body_size [1-9]", content)
    ]
    assert len(larger) == 3
    for content in larger:
        assert "include /etc/nginx/site/uploads.conf;" in content
        assert "error_page 401 = @refused_" in content
    uploads = (settings.BASE_DIR / "deploy/uploads.conf").read_text("utf-8")
    assert "\nauth_request /may-upload;\n" in uploads
    assert re.findall(r"\bif \((.*?)\) \{ return 2\d\d; \}", CONFIGURATION) == ['$large = ""']
    assert "if ($http_transfer_encoding) { return 411; }" in CONFIGURATION
    assert (
        map_of("large")["source"] == map_of("sending_network")["source"] == "$http_content_length"
    )


@pytest.mark.parametrize(
    ("length", "is_large"),
    [("", False), ("0", False), ("99999", False), ("100000", True), ("0000000044000000", True)],
)
def test_edge_recognizes_large_requests_by_their_length(length: str, is_large: bool) -> None:
    assert bool(re.search(map_of("large")["pattern"], length)) == is_large
    if length:  # nginx compares no pattern with an empty value
        has_no_body = re.search(map_of("sending_network")["pattern"], length)
        assert bool(has_no_body) == (length == "0")


def test_story_without_a_picture_is_not_large() -> None:
    longest = "\U0001f600" * MAX_LENGTH
    assert len(longest.encode()) + 10_000 < 100_000


@pytest.mark.parametrize(
    ("address", "network", "customer"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:", "2001:db8:1:"),
        ("2001:db8:1:2::6", "2001:db8:1:2:", "2001:db8:1:"),
        ("2001:db8:1::4:5:6", "2001:db8:1:", "2001:db8:1:"),
        ("2001:db8::4:5:6", "2001:db8:", "2001:db8:"),
        ("64:ff9b::cb00:7109", "64:ff9b::cb00:7109", "64:ff9b::cb00:7109"),
        ("::1", "::1", "::1"),
    ],
)
def test_edge_counts_ipv6_addresses_by_network(address: str, network: str, customer: str) -> None:
    assert mapped("network", address) == network
    assert mapped("large_sender", f"1 {network}") == customer
    assert mapped("large_sender", f" {network}") == ""


def test_no_limit_of_uploads_is_shared_by_editors_and_strangers() -> None:
    """nginx counts connections before it asks who may upload."""
    shared = re.findall(r"limit_conn_zone \$large zone=(\w+)", CONFIGURATION)
    assert shared == ["large"]
    assert CONFIGURATION.count("limit_conn large ") == 1
    assert "limit_conn large 60;" in location(STORY)
    assert "limit_conn" not in location("/admin/images/") + location("/admin/pages/1/edit/")
    assert not re.search(r"limit_conn_zone (1|\$server|\$sending) ", CONFIGURATION)


@pytest.mark.parametrize(
    "sentence",
    [
        "You were signed out, so this was not saved. Sign in, reload this page, and upload again.",
        "You are signed out. What you typed is still here. Sign in again with the same account in "
        "another tab, and it will be saved.",
    ],
)
def test_edge_answers_refused_requests_with_the_sentences_of_the_cms(sentence: str) -> None:
    assert f'default "{sentence}";' in CONFIGURATION
    with translation.override("es"):
        assert translation.gettext(sentence) != sentence
        assert f'"~*^es" "{translation.gettext(sentence)}";' in CONFIGURATION


def test_docker_image_returns_the_memory_of_decoded_pictures() -> None:
    assert "MALLOC_MMAP_THRESHOLD_=" in (settings.BASE_DIR / "Dockerfile").read_text("utf-8")


def test_edge_stores_bodies_on_disk() -> None:
    assert "client_body_temp_path /data/uploads/" in CONFIGURATION
    assert "proxy_temp_path /data/uploads/" in CONFIGURATION
    compose = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")
    assert compose.count("- uploads:/data/uploads\n") == 3  # web, edge, and worker with release
    assert "UPLOAD_TEMP_DIR: /data/uploads\n" in compose
    assert "/data/uploads" in (settings.BASE_DIR / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize(
    ("size", "is_read"),
    [(MAX_SIZE + 1, True), (MAX_UPLOAD_SIZE, True), (MAX_UPLOAD_SIZE + 1, False)],
)
def test_rest_of_a_body_up_to_the_upload_limit_is_discarded(
    size: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the rest is not read, gunicorn closes the connection early, and nginx answers 502."""

    class Body:
        unread = size

        def read(self, count: int) -> bytes:
            found = min(count, self.unread)
            self.unread -= found
            return bytes(found)

    body = Body()
    environ = RequestFactory().post("/take-part/delete/").environ
    environ |= {"CONTENT_LENGTH": str(size), "wsgi.input": body}
    monkeypatch.setattr(wsgi, "page_cache", lambda environ, _: [b"", environ["wsgi.input"].read(9)])
    wsgi.application(environ, print)
    assert body.unread == (0 if is_read else size - 9)


@pytest.mark.parametrize("charset", ["zlib", "hex", "idna", "utf-7", "undefined", "latin-1", "x"])
def test_forms_in_other_encodings_are_refused(client: Client, home: object, charset: str) -> None:
    for path in ("/take-part/delete/", "/account/login/", "/nowhere/"):
        body, kind = b"email=%2BADw-", "application/x-www-form-urlencoded"
        for sent in (
            f"{kind}; charset={charset}",
            f"multipart/form-data; boundary=x; charset={charset}",
        ):
            response = client.generic("POST", path, body, content_type=sent, headers=SAME_ORIGIN)
            assert response.status_code in {400, 404}, (path, sent)


def test_forms_in_utf_8_are_read(client: Client, home: object) -> None:
    sent = "application/x-www-form-urlencoded; charset=UTF-8"
    body = b"email=a@example.org"
    response = client.post("/take-part/delete/", body, content_type=sent, headers=SAME_ORIGIN)
    assert response.status_code == 422  # the body was read: the error is a missing time stamp
