"""If a form needs a new login or password first, the user can send it again unchanged."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from actions.rate_limit import buckets
from dpa_site.middleware.body_limit import MAX_CMS_SIZE
from staff.models import User
from tests.staff.sessions import PASSWORD, add_app, age_proofs, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

SAME_ORIGIN = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Dest": "document",
    "accept": "text/html,*/*",
}
NEW_USER = "/admin/users/new/"
ADD_GROUP = "/admin/groups/new/"
FORM = {
    "username": "ana",
    "first_name": 'Ana "<b>" & Co.',
    "last_name": "First line\r\nsecond line  with spaces ",
    "email": "ana@example.org",
}
PASSWORDS = dict.fromkeys(("password1", "password2"), "another long password")


@pytest.fixture(autouse=True)
def rosa(home: object) -> User:
    buckets.clear()
    return User.objects.create_superuser("rosa", password=PASSWORD)


def submit_login(client: Client, **fields: str) -> None:
    """Log in as a browser does: with the CSRF token of the login page."""
    client.get("/account/login/")
    form = {"login": "rosa", "password": PASSWORD, **token(client), **fields}
    client.post("/account/login/", form)


def browser() -> Client:
    client = Client(enforce_csrf_checks=True)
    submit_login(client)
    return client


def token(client: Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}


def send(client: Client, path: str, form: dict[str, Any], **headers: str) -> HttpResponse:
    return client.post(path, form, headers=SAME_ORIGIN | headers)


def form_of(page: HttpResponse) -> dict[str, Any]:
    """What the button “Send again” sends, before passwords are entered."""
    assert page.status_code == 403
    assert "Nothing was saved yet" in page.content.decode()
    values: dict[str, Any] = {}
    for field in BeautifulSoup(page.content, "html.parser").select("form input"):
        values.setdefault(str(field["name"]), []).append(field.get("value", ""))
    return values


def link_of(page: HttpResponse) -> str:
    link = BeautifulSoup(page.content, "html.parser").select_one("main a[target=_blank]")
    return str(link["href"]) if link else ""


def test_form_is_sent_again_after_reauthentication() -> None:
    client = browser()
    groups = [str(group.pk) for group in Group.objects.all()[:2]]
    age_proofs(client, 60 * 60)
    sent = FORM | PASSWORDS | {"groups": groups}
    page = send(client, NEW_USER, sent | token(client))
    kept = form_of(page)
    assert {name: kept[name] for name in FORM} == {name: [value] for name, value in FORM.items()}
    assert kept["groups"] == groups
    # No password is written into the page or stored.
    assert kept["password1"] == kept["password2"] == [""]
    stored = str([session.get_decoded() for session in Session.objects.all()])
    for text in ("another long password", "ana@example.org"):
        assert text not in stored
    assert "another long password" not in page.content.decode()
    # The user enters the password in a new tab.
    password_page = link_of(page)
    proved = client.post(password_page, {"password": PASSWORD} | token(client))
    assert proved.headers["Location"] == "/account/ready/"
    assert (
        "The other tab still has what you typed." in client.get("/account/ready/").content.decode()
    )
    assert send(client, NEW_USER, kept | PASSWORDS).status_code == 302
    ana = User.objects.get(username="ana")
    assert ana.check_password("another long password")
    assert ana.first_name == FORM["first_name"]
    assert sorted(str(group.pk) for group in ana.groups.all()) == sorted(groups)


def test_form_is_shown_again_until_reauthentication() -> None:
    client = browser()
    age_proofs(client, 60 * 60)
    form: dict[str, Any] = {"name": "Friends"} | token(client)
    for _ in range(3):
        form = form_of(send(client, ADD_GROUP, form))
        assert form["name"] == ["Friends"]
    assert not Group.objects.filter(name="Friends").exists()


@pytest.mark.parametrize("two_steps", [False, True])
def test_form_is_sent_again_after_session_ended(rosa: User, two_steps: bool, settings: Any) -> None:
    settings.TWO_STEP_LOGIN = two_steps
    if two_steps:
        add_app(rosa)
    client = browser()
    if two_steps:
        client.post("/account/login/second-step/", {"code": code()} | token(client))
    sent = FORM | PASSWORDS | token(client)
    Session.objects.all().delete()
    page = send(client, NEW_USER, sent)
    kept = form_of(page)
    assert kept["email"] == [FORM["email"]]
    settings.TWO_STEP_LOGIN = False  # a code of the app cannot be used twice
    rosa.authenticator_set.all().delete()
    login_page = link_of(page)
    assert login_page == "/account/login/?next=%2Faccount%2Fready%2F"
    submit_login(client, next="/account/ready/")
    # The login changed the CSRF token, so the form is shown once more.
    page = send(client, NEW_USER, kept | PASSWORDS)
    kept = form_of(page)
    assert link_of(page) == ""
    assert "You opened this form before you last signed in." in page.content.decode()
    assert send(client, NEW_USER, kept | PASSWORDS).status_code == 302
    assert User.objects.filter(username="ana").exists()


def test_long_page_form_is_sent_again() -> None:
    client = browser()
    old = token(client)
    client.post("/admin/logout/", old)
    submit_login(client)
    long = "é" * (MAX_CMS_SIZE // 3)
    page = send(client, "/admin/pages/1/edit/", {"title": long} | old)
    assert form_of(page)["title"] == [long]


def test_form_is_shown_again_before_a_required_second_step(settings: Any) -> None:
    settings.TWO_STEP_LOGIN = True
    client = browser()
    page = send(client, ADD_GROUP, {"name": "Friends"} | token(client))
    assert link_of(page) == "/account/second-step/"
    assert form_of(page)["name"] == ["Friends"]
    assert client.get(ADD_GROUP).headers["Location"] == "/account/second-step/"


@pytest.mark.parametrize("origin", ["cross-site", "same-site", "none"])
@pytest.mark.parametrize("is_logged_in", [True, False])
def test_form_of_another_site_is_not_shown(origin: str, is_logged_in: bool, settings: Any) -> None:
    """Another site could fill in a form that the user then sends."""
    for settings.TWO_STEP_LOGIN in (False, True):
        client = browser() if is_logged_in else Client(enforce_csrf_checks=True)
        form = {"name": "Thieves", "csrfmiddlewaretoken": "a" * 64}
        response = send(client, ADD_GROUP, form, **{"Sec-Fetch-Site": origin})
        assert response.status_code == 403
        assert "Thieves" not in response.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "application/json"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Sec-Fetch-Dest": "empty"},
    ],
)
def test_scripts_get_no_page(headers: dict[str, str]) -> None:
    client = browser()
    Session.objects.all().delete()
    response = send(client, ADD_GROUP, {"name": "Friends"} | token(client), **headers)
    assert response.status_code in {302, 400, 403}
    assert "Friends" not in response.content.decode()


def test_form_with_a_file_is_not_shown_again() -> None:
    client = browser()
    Session.objects.all().delete()
    form = {"file": SimpleUploadedFile("a.txt", b"a")} | token(client)
    assert send(client, ADD_GROUP, form).headers["Location"].startswith("/account/login/")
