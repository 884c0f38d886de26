"""Login to the CMS: second steps, lockout, and personal data that is not stored."""

import re
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver
from procrastinate.testing import InMemoryConnector
from wagtail.models import ModelLogEntry

from actions.rate_limit import buckets
from staff.models import User
from tests.actions.conftest import queue as queue
from tests.jobs import run_jobs
from tests.staff.sessions import age_proofs

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of hers"
READER = "203.0.113.77"


@pytest.fixture(autouse=True)
def _two_steps(settings: Any, home: object) -> None:
    settings.TWO_STEP_LOGIN = True


@pytest.fixture
def rosa() -> User:
    return User.objects.create_superuser("rosa", password=PASSWORD)


@pytest.fixture
def writer() -> User:
    """A user whose only permission is access to the CMS."""
    user = User.objects.create_user("writer", password=PASSWORD)
    group = Group.objects.create(name="Only drafts")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    user.groups.add(group)
    return user


def submit_login(name: str, password: str, client: Client | None = None) -> HttpResponse:
    if not client:
        buckets.clear()  # rate limits have tests in tests/dpa_site/
        client = Client(REMOTE_ADDR=READER, headers={"x-forwarded-for": READER})
    return client.post("/account/login/", {"login": name, "password": password})


def error(response: HttpResponse) -> str:
    assert response.status_code == 200
    (sentence,) = response.context["form"].non_field_errors()
    return sentence


def test_publisher_must_set_up_two_factor(rosa: User, client: Client) -> None:
    assert submit_login("rosa", PASSWORD, client).headers["Location"] == "/admin/"
    for path in ("/admin/", "/admin/pages/", "/admin/api/main/pages/", "/admin/account/"):
        assert client.get(path).headers["Location"] == "/account/second-step/"
    # The login counts as a fresh proof, so the password is not asked for again.
    assert client.get("/account/second-step/app/add/").status_code == 200


def test_two_factor_is_optional_for_writer(writer: User, client: Client) -> None:
    submit_login("writer", PASSWORD, client)
    assert client.get("/admin/").status_code == 200
    TOTP.activate(writer, "A" * 32)
    assert submit_login("writer", PASSWORD).headers["Location"] == "/account/login/second-step/"


def test_permissions_beyond_drafting_require_two_factor(writer: User) -> None:
    assert not User.objects.get(pk=writer.pk).requires_two_factor()
    writer.user_permissions.add(Permission.objects.get(codename="change_user"))
    assert User.objects.get(pk=writer.pk).requires_two_factor()
    writer.user_permissions.clear()
    writer.groups.add(Group.objects.get(name="Editors"))
    assert User.objects.get(pk=writer.pk).requires_two_factor()


def test_session_without_two_factor_ends(rosa: User, client: Client) -> None:
    TOTP.activate(rosa, "A" * 32)
    rosa.refresh_from_db()
    client.force_login(rosa)  # a session without the second step
    assert client.get("/admin/pages/").headers["Location"] == "/account/login/?next=/admin/pages/"
    assert "_auth_user_id" not in client.session


def test_session_ends_when_its_authenticator_is_removed(rosa: User, client: Client) -> None:
    TOTP.activate(rosa, "A" * 32)
    codes = RecoveryCodes.activate(rosa)
    submit_login("rosa", PASSWORD, client)
    client.post("/account/login/second-step/", {"code": codes.generate_codes()[0]})
    assert client.get("/admin/").status_code == 200
    codes.instance.delete()
    assert client.get("/admin/").status_code == 302


def test_two_factor_is_off_in_development(rosa: User, client: Client, settings: Any) -> None:
    settings.TWO_STEP_LOGIN = False
    submit_login("rosa", PASSWORD, client)
    assert client.get("/admin/").status_code == 200


def test_login_errors_are_identical(rosa: User) -> None:
    User.objects.create_superuser("gone", password=PASSWORD, is_active=False)
    sentences = {error(submit_login(*pair)) for pair in (("rosa", "wrong"), ("nobody", "wrong"))}
    sentences.add(error(submit_login("gone", PASSWORD)))
    for _ in range(5):
        submit_login("rosa", "wrong")
    sentences.add(error(submit_login("rosa", PASSWORD)))
    assert len(sentences) == 1
    for name in ("nobody", "rosa"):
        assert submit_login(name, "wrong").status_code == 200


def test_five_failed_logins_lock_the_username(rosa: User) -> None:
    User.objects.create_superuser("lee", password=PASSWORD)
    for name in ("rosa", "ROSA", " rosa", "Rosa", "rosa "):
        error(submit_login(name, "wrong"))
    for host in ("testserver", "localhost"):
        error(submit_login("rosa", PASSWORD, Client(REMOTE_ADDR="198.51.100.9", HTTP_HOST=host)))
    assert submit_login("lee", PASSWORD).status_code == 302


def test_successful_logins_are_not_counted(rosa: User) -> None:
    for _ in range(6):
        assert submit_login("rosa", PASSWORD).status_code == 302


def test_wrong_codes_lock_second_step(rosa: User, client: Client) -> None:
    TOTP.activate(rosa, "A" * 32)
    code = RecoveryCodes.activate(rosa).generate_codes()[0]
    submit_login("rosa", PASSWORD, client)
    for _ in range(5):
        client.post("/account/login/second-step/", {"code": "000000x"})
    refused = client.post("/account/login/second-step/", {"code": code})
    assert "Too many attempts" in refused.content.decode()


def test_failed_login_counts_are_in_the_database(rosa: User) -> None:
    error(submit_login("rosa", "wrong"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staff_failed_log_ins")
        assert cursor.fetchone()[0] == 1


def test_login_records_no_ip_address_or_user_agent(
    rosa: User, capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(REMOTE_ADDR=READER, headers={"user-agent": "SecretPhone/1"})
    for path in ("login/", "login/passkey/", "login/second-step/", "confirm/"):
        shown = client.get(f"/account/{path}", headers={"accept": "application/json"})
        assert shown.status_code in {200, 302}, path
        client.post(f"/account/{path}", {"login": "rosa", "password": "x", "credential": "{}"})
    for _ in range(6):
        submit_login("rosa", "wrong", client)
    User.objects.filter(pk=rosa.pk).update(username="rosa2")
    submit_login("rosa2", PASSWORD, client)
    client.post("/account/confirm/", {"password": "wrong"})
    client.get("/account/second-step/app/add/")
    client.post("/account/second-step/app/add/", {"code": "1"})
    assert client.get("/account/second-step/").status_code == 200
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            rows = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY(%s)'  # noqa: S608
            cursor.execute(rows, [[f"%{READER}%", "%SecretPhone%"]])
            assert cursor.fetchone()[0] == 0, table
    assert not client.session.get("ip")
    kept = [str(dict(client.session)), str(getattr(cache, "_cache", {})), caplog.text]
    kept += capfd.readouterr()
    assert not [text for text in kept if READER in text or "SecretPhone" in text]


@pytest.mark.parametrize("path", ["/admin/login/", "/_util/login/", "/es/_util/login/"])
def test_other_login_urls_redirect(rosa: User, client: Client, path: str) -> None:
    response = client.post(path, {"username": "rosa", "password": PASSWORD})
    assert response.headers["Location"] == "/account/login/"
    assert "_auth_user_id" not in client.session
    assert client.get(path + "?next=/x/").headers["Location"] == "/account/login/?next=/x/"


def test_signup_is_closed() -> None:
    names = set(get_resolver().reverse_dict)
    assert "account_login" in names
    assert not names & {"account_signup", "account_email", "account_change_password"}


def test_user_without_admin_access_sees_error(client: Client) -> None:
    User.objects.create_user("outsider", password=PASSWORD)
    submit_login("outsider", PASSWORD, client)
    html = client.get("/admin/", follow=True).content.decode()
    assert "You do not have permission" in html


def test_reauthentication_is_required_after_timeout(rosa: User, client: Client) -> None:
    submit_login("rosa", PASSWORD, client)
    age_proofs(client, 60 * 60)
    add = "/account/second-step/app/add/"
    asked = client.get(add)
    assert asked.headers["Location"] == f"/account/confirm/?next={add.replace('/', '%2F')}"
    back = client.post(asked.headers["Location"], {"password": PASSWORD, "next": add})
    assert back.headers["Location"] == add
    assert client.get(add).status_code == 200


def test_password_reset_does_not_reveal_accounts(
    rosa: User, client: Client, mailoutbox: list, queue: InMemoryConnector
) -> None:
    User.objects.filter(pk=rosa.pk).update(email="rosa@example.org")
    TOTP.activate(rosa, "A" * 32)
    responses = [
        client.post("/admin/password_reset/", {"email": f"{name}@example.org"}, follow=True)
        for name in ("rosa", "nobody")
    ]
    assert responses[0].redirect_chain == responses[1].redirect_chain
    assert not mailoutbox
    run_jobs(queue)
    (mail,) = mailoutbox
    assert mail.to == ["rosa@example.org"]
    path = re.search(r"http://localhost(/admin/password_reset/confirm/\S+)", mail.body)
    assert path
    form = client.get(path[1], follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": "another long one", "new_password2": "another long one"})
    response = submit_login("rosa", "another long one", client)
    # The second step is required even after a password reset by email.
    assert response.headers["Location"] == "/account/login/second-step/"


def test_account_pages_have_strict_content_security_policy(client: Client) -> None:
    policy = client.get("/account/login/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_session_cookie_is_secure_and_lasts_twelve_hours(rosa: User) -> None:
    cookie = submit_login("rosa", PASSWORD).cookies["sessionid"]
    assert int(cookie["max-age"]) == 12 * 60 * 60
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert django_settings.SESSION_COOKIE_SECURE is django_settings.HTTPS


class TestReset:
    def test_reset_removes_all_credentials_and_is_logged(self, rosa: User, writer: User) -> None:
        TOTP.activate(writer, "A" * 32)
        RecoveryCodes.activate(writer)
        writer.refresh_from_db()
        theirs = Client()
        theirs.force_login(writer)
        one_time = writer.reset_log_in(by=rosa)
        assert not Authenticator.objects.exists()
        assert theirs.get("/admin/").headers["Location"] == "/account/login/?next=/admin/"
        kept = User.objects.get(pk=writer.pk)
        assert kept.check_password(one_time)
        assert kept.must_change_password
        entry = ModelLogEntry.objects.get()
        assert (entry.action, entry.user, entry.label) == ("staff.reset_log_in", rosa, "writer")

    @pytest.mark.parametrize(
        ("helper", "colleague", "may"),
        [
            ("administrator", "writer", True),
            ("administrator", "administrator", False),
            ("manager", "writer", True),
            ("manager", "administrator", False),
            ("writer", "manager", False),
        ],
    )
    def test_reset_permission_by_role(
        self, writer: User, settings: Any, helper: str, colleague: str, may: bool
    ) -> None:
        settings.TWO_STEP_LOGIN = False
        User.objects.create_superuser("administrator", password=PASSWORD)
        manager = User.objects.create_user("manager", password=PASSWORD)
        codenames = ["access_admin", "change_user"]
        manager.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        submit_login(helper, PASSWORD, client)
        other = User.objects.get(username=colleague)
        page = f"/admin/users/{other.pk}/reset-log-in/"
        assert (client.get(page).status_code == 200) is may
        client.post(page)
        assert User.objects.get(pk=other.pk).must_change_password is may

    def test_site_history_shows_reset(
        self, rosa: User, writer: User, client: Client, settings: Any
    ) -> None:
        settings.TWO_STEP_LOGIN = False
        writer.reset_log_in(by=rosa)
        client.force_login(rosa)
        assert "Login reset" in client.get("/admin/reports/site-history/").content.decode()

    def test_reset_command_works_for_last_administrator(self, rosa: User, client: Client) -> None:
        TOTP.activate(rosa, "A" * 32)
        shown = StringIO()
        call_command("reset_log_in", "rosa", stdout=shown)
        submit_login("rosa", shown.getvalue().split()[-1], client)
        assert client.get("/admin/").headers["Location"] == "/admin/first-password/"
        with pytest.raises(CommandError, match="There is no user lee"):
            call_command("reset_log_in", "lee")
