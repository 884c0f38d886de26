from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client

from staff.models import User

pytestmark = pytest.mark.django_db


def create(**options: object) -> str:
    output = StringIO()
    call_command("create_administrator", stdout=output, **options)
    return output.getvalue()


def test_create_administrator_prints_random_password_once() -> None:
    first = create()
    assert "Administrator: admin; the one-time password is " in first
    assert create() == ""
    User.objects.all().delete()
    assert create() != first


def test_password_file_is_readable_by_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "administrator.txt"
    shown = create(password_file=file)
    name, password = file.read_text().split()
    assert password not in shown
    assert str(file) in shown
    assert file.stat().st_mode & 0o777 == 0o600
    assert User.objects.get(username=name).check_password(password)
    assert str(file) in create(password_file=file)


def test_first_login_requires_new_password(home: object, tmp_path: Path) -> None:
    file = tmp_path / "administrator.txt"
    create(password_file=file)
    name, password = file.read_text().split()
    client = Client()
    entered = client.post("/account/login/", {"login": name, "password": password})
    assert entered.status_code == 302
    for path in ("/admin/", "/admin/pages/", "/admin/account/", "/account/second-step/"):
        assert client.get(path).headers["Location"] == "/admin/first-password/"
    form = client.get("/admin/first-password/")
    assert "choose your own password" in form.content.decode()

    def choose(new: str) -> HttpResponse:
        return client.post("/admin/first-password/", {"new_password1": new, "new_password2": new})

    assert "This is the one-time password" in choose(password).content.decode()
    assert "too short" in choose("elevenwords").content.decode()
    assert choose("a long password of my own").headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/first-password/").headers["Location"] == "/admin/"
    create(password_file=file)
    assert not file.exists()


def test_create_administrator_does_not_take_over_account() -> None:
    User.objects.create_user("admin", password="their own")
    with pytest.raises(CommandError, match="The username admin is taken"):
        create()
    assert User.objects.get().check_password("their own")


def test_inactive_administrator_stays_inactive() -> None:
    User.objects.create_superuser("admin", is_active=False)
    assert create() == ""
    assert not User.objects.get().is_active


def test_public_page_does_not_depend_on_user(home: object, admin_client: Client) -> None:
    User.objects.update(must_change_password=True)
    response = admin_client.get("/")
    assert response.status_code == 200
    assert "Cookie" not in response.get("Vary", "")
