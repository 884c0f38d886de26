"""Responses to an editor whose session has ended."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.users.models import UserProfile

from mission.models import HomePage
from staff.models import User
from tests import factories


@pytest.mark.parametrize("csrf_checks", [False, True])
def test_autosave_without_session_gets_message(home: HomePage, csrf_checks: bool) -> None:
    client = Client(enforce_csrf_checks=csrf_checks)
    assert autosave_error(client, home) == (
        "You are signed out. What you typed is still here. "
        "Sign in again with the same account in another tab, and it will be saved."
    )


def test_autosave_with_token_of_before_login_gets_message(home: HomePage) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.UserFactory(is_superuser=True))
    sentence = "You have just signed in again. What you typed is still here, and it will be saved."
    assert autosave_error(client, home, status=403) == sentence


def test_autosave_without_two_factor_gets_message(home: HomePage, settings: Any) -> None:
    settings.TWO_STEP_LOGIN = True
    user = factories.UserFactory(is_superuser=True)
    TOTP.activate(user, "A" * 32)
    user.refresh_from_db()
    client = Client()
    client.force_login(user)
    assert autosave_error(client, home).startswith("You are signed out.")


@pytest.mark.parametrize("path", ["/admin/consent/1/narrow/", "/admin/pages/1/edit/"])
def test_files_sent_without_session_are_lost_and_login_says_so(
    home: HomePage, client: Client, path: str
) -> None:
    rosa = User.objects.create_superuser("rosa", password="a long password of hers")
    UserProfile.objects.create(user=rosa, preferred_language="es")
    nothing_saved = "You were signed out, so nothing was saved."
    file = {"file": SimpleUploadedFile("a.txt", b"a")}
    sent = client.post(path, file, headers={"accept": "text/html,*/*"})
    login_url = sent.headers["Location"]
    assert login_url == f"/account/login/?next={path}"
    assert nothing_saved in client.get(login_url).content.decode()
    client.post(login_url, {"login": "rosa", "password": "a long password of hers"})
    said = "Tu sesión había terminado, así que no se guardó nada."
    assert said in client.get("/admin/").content.decode()
    assert said not in client.get("/admin/").content.decode()


def test_logout_without_session_gives_no_warning_after_login(
    home: HomePage, client: Client
) -> None:
    User.objects.create_superuser("rosa", password="a long password of hers")
    client.get("/admin/")
    client.post("/admin/logout/")  # the second click of a double click
    response = client.post(
        "/account/login/", {"login": "rosa", "password": "a long password of hers"}, follow=True
    )
    assert "nothing was saved" not in response.content.decode()


XHR = {"x-requested-with": "XMLHttpRequest", "accept": "text/html, */*; q=0.01"}
UPLOADS = [
    "images/multiple/add/",
    "images/multiple/1/",
    "images/multiple/create_from_uploaded_image/1/",
    "images/chooser/create/",
    "documents/multiple/add/",
    "documents/multiple/1/",
    "documents/multiple/create_from_uploaded_document/1/",
    "documents/chooser/create/",
]


@pytest.mark.parametrize("path", UPLOADS)
@pytest.mark.parametrize("csrf_checks", [False, True])
def test_upload_without_session_gets_message(
    home: HomePage, admin_client: Client, path: str, csrf_checks: bool
) -> None:
    path = f"/admin/{path}"
    assert upload_error(Client(enforce_csrf_checks=csrf_checks).post(path, headers=XHR)) == (
        "You were signed out, so this was not saved. Sign in, reload this page, and upload again."
    )
    assert "signed out" not in admin_client.post(path, headers=XHR).content.decode()


@pytest.mark.parametrize("path", UPLOADS)
def test_upload_from_page_opened_before_login_gets_message(home: HomePage, path: str) -> None:
    path = f"/admin/{path}"
    User.objects.create_superuser("rosa", password="a long password of hers")
    login = {"login": "rosa", "password": "a long password of hers"}
    client = Client(enforce_csrf_checks=True)
    client.get("/account/login/")
    client.post("/account/login/", login | csrf_token(client))
    old_token = csrf_token(client)
    client.post("/admin/logout/", old_token)
    assert client.get("/account/login/").status_code == 200  # signed out
    client.post("/account/login/", login | csrf_token(client))
    assert client.get("/admin/").status_code == 200
    assert upload_error(client.post(path, old_token, headers=XHR)) == (
        "This page is out of date, so this was not saved. Reload this page and upload again."
    )
    assert "out of date" not in client.post(path, csrf_token(client), headers=XHR).content.decode()


def test_upload_without_permission_gets_message(home: HomePage, client: Client) -> None:
    user = factories.UserFactory()
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    path = "/admin/images/multiple/add/"
    assert "out of date" in upload_error(client.post(path, headers=XHR))
    html = client.get(path, follow=True).content.decode()
    assert "you do not have permission to access this area" in html


def upload_error(response: Any) -> str:
    assert response.status_code == 200  # with an error status, Wagtail's scripts show no message
    data = response.json()
    assert data["success"] is False
    message = data["error_message"]
    assert message in data["form"]
    assert message in data["html"]
    return message


def csrf_token(client: Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}


def autosave_error(client: Client, home: HomePage, status: int = 400) -> str:
    headers = {"accept": "application/json"}  # autosave sends this header
    response = client.post(f"/admin/pages/{home.pk}/edit/", headers=headers)
    assert response.status_code == status
    return response.json()["error_message"]
