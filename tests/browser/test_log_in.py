"""Two-step login, with a virtual WebAuthn authenticator."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect
from wagtail.models import ModelLogEntry

from staff.models import User
from tests.browser.axe import violations_in_both_schemes
from tests.browser.conftest import PASSWORD
from tests.browser.guide import picture
from tests.browser.navigation import shoot_both_schemes, visit

LOGIN_FAILED = "We could not sign you in"


@pytest.fixture
def make_user(settings: Any, database: Callable) -> Callable[..., str]:
    """`make_user(name)` creates an administrator and returns their one-time password."""
    settings.TWO_STEP_LOGIN = True

    def make(name: str) -> str:
        with database():
            user = User(username=name, is_superuser=True)
            password = user.set_one_time_password()
            user.save()
        return password

    return make


def add_virtual_authenticator(page: Page) -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal"}
    options |= dict.fromkeys(
        (
            *("hasResidentKey", "hasUserVerification"),
            *("isUserVerified", "automaticPresenceSimulation"),
        ),
        True,
    )
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def submit_login(page: Page, name: str, password: str) -> None:
    visit(page, "/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def set_up_password(page: Page, name: str, one_time: str) -> None:
    """Log in with a one-time password, choose a password, and reach the second-step page."""
    submit_login(page, name, one_time)
    page.get_by_label("New password").first.fill(PASSWORD)
    page.get_by_label("New password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-step login")


def add_passkey(page: Page) -> None:
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of this passkey").fill("My laptop")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")


def add_app(page: Page) -> str:
    """Connect an authenticator app and return its secret key."""
    page.get_by_role("link", name="Use an app").click()
    key = page.locator("main code").inner_text()
    page.get_by_label("Code from your app").fill("000000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("The code did not work")
    assert page.locator("main code").inner_text() == key
    page.get_by_label("Code from your app").fill(code(key))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    return key


def code(key: str) -> str:
    return format_hotp_value(hotp_value(key, int(time.time()) // 30))


def open_cms_after_setup(page: Page) -> None:
    page.get_by_role("link", name="I have saved the codes, go to the CMS").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))


def age_proofs() -> None:
    """Make passwords and second steps older than FRESH_PROOF_SECONDS allows."""
    for stored in Session.objects.all():
        session = SessionStore(stored.session_key)
        for record in session.get("account_authentication_methods", []):
            record["at"] -= 30 * 60 + 1
        session.save()


def confirm_password(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def test_passkey_logs_in_without_password_and_can_be_removed(
    new_page: Callable[..., Page], make_user: Callable
) -> None:
    page = new_page()
    add_virtual_authenticator(page)
    set_up_password(page, "rosa", make_user("rosa"))
    picture(page, "log-in-second-step")
    visit(page, "/admin/pages/")  # other pages redirect to the second-step setup
    expect(page).to_have_url(re.compile(r"/account/second-step/$"))
    add_passkey(page)
    open_cms_after_setup(page)
    page.get_by_role("button", name="rosa").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    visit(page, "/account/second-step/")
    page.get_by_role("link", name="Remove the passkey My laptop").click()
    confirm_password(page)  # a passkey alone is not enough for changes
    page.get_by_role("button", name="Yes, remove it").click()
    expect(page.locator("main")).to_contain_text("The passkey has been removed.")
    visit(page, "/admin/")  # the user has no second step now
    expect(page).to_have_url(re.compile(r"/account/second-step/$"))


def test_change_long_after_login_asks_for_password_and_passkey(
    new_page: Callable[..., Page], make_user: Callable, database: Callable
) -> None:
    page = new_page()
    add_virtual_authenticator(page)
    set_up_password(page, "ana", make_user("ana"))
    add_passkey(page)
    with database():
        age_proofs()
    visit(page, "/account/second-step/")
    page.get_by_role("link", name="Use an app").click()
    confirm_password(page)
    page.get_by_role("link", name="Use a code instead").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Use an authenticator app")


def test_app_code_and_recovery_code_complete_login(
    new_page: Callable[..., Page], make_user: Callable
) -> None:
    page = new_page(javascript=False)
    set_up_password(page, "lee", make_user("lee"))
    key = add_app(page)
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    page.reload()  # the codes are shown only once
    expect(page.locator("main")).to_contain_text("shown once")
    assert not any(each in page.content() for each in codes)
    visit(page, "/admin/")
    expect(page).to_have_url(re.compile(r"/admin/$"))

    def second_step(typed: str) -> None:
        sign_out(page)
        submit_login(page, "lee", PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your second step")
        page.get_by_label("Code from your app, or a recovery code").fill(typed)
        page.get_by_role("button", name="Sign in").click()

    for good in (code(key), codes[3]):
        second_step(good)
        expect(page).to_have_url(re.compile(r"/admin/$"))
    second_step(codes[3])
    expect(page.locator("main")).to_contain_text("The code did not work")
    visit(page, "/admin/")  # the password alone gives no access
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in to")


def test_passkey_still_works_after_five_failed_logins(
    new_page: Callable[..., Page], make_user: Callable
) -> None:
    page = new_page()
    add_virtual_authenticator(page)
    set_up_password(page, "ines", make_user("ines"))
    add_passkey(page)
    sign_out(page)
    for password in [*["wrong"] * 5, PASSWORD]:
        submit_login(page, "ines", password)
        expect(page.locator("main")).to_contain_text(LOGIN_FAILED)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))


def test_passkey_login_without_passkey_shows_error(
    new_page: Callable[..., Page], site: str
) -> None:
    page = new_page()
    add_virtual_authenticator(page)
    visit(page, "/account/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")


def test_administrator_resets_login_of_colleague(
    new_page: Callable[..., Page], make_user: Callable, database: Callable
) -> None:
    colleague, administrator = new_page(), new_page()
    set_up_password(colleague, "noor", make_user("noor"))
    add_app(colleague)
    open_cms_after_setup(colleague)
    set_up_password(administrator, "boss", make_user("boss"))
    add_app(administrator)
    open_cms_after_setup(administrator)
    visit(administrator, "/admin/users/")
    administrator.get_by_role("link", name="noor").first.click()
    administrator.get_by_role("link", name="reset login").click()
    administrator.get_by_role("button", name="Reset login").click()
    one_time = administrator.locator("#one-time-password").inner_text()
    with database():
        entry = ModelLogEntry.objects.get(action="staff.reset_log_in")
        assert (entry.user.username, entry.label) == ("boss", "noor")
    visit(colleague, "/admin/")  # the reset ended the colleague's sessions
    expect(colleague.get_by_role("heading", level=1)).to_contain_text("Sign in to")
    set_up_password(colleague, "noor", one_time)
    add_app(colleague)
    open_cms_after_setup(colleague)


def test_login_pages_are_styled_and_accessible(
    new_page: Callable[..., Page], make_user: Callable, database: Callable
) -> None:
    page = new_page(390, bypass_csp=True, reduced_motion="reduce")
    add_virtual_authenticator(page)

    def look(name: str, path: str) -> None:
        page.wait_for_url(re.compile(f"{path}(\\?.*)?$"))  # wait until the previous page is left
        page.wait_for_function("document.fonts.status === 'loaded'")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            shoot_both_schemes(page, f"log-in {name}", width)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert (
                page.get_by_role("heading", level=1)
                .evaluate("e => getComputedStyle(e).fontFamily")
                .startswith("Bricolage")
            )
            assert violations_in_both_schemes(page) == []

    password = make_user("look")
    submit_login(page, "look", "wrong")
    expect(page.locator("main")).to_contain_text(LOGIN_FAILED)
    look("refused", "/login/")
    set_up_password(page, "look", password)
    look("choose", "/second-step/")
    page.get_by_role("link", name="Use an app").click()
    look("app", "/app/add/")
    page.go_back()
    page.get_by_role("link", name="Add a passkey").click()
    look("passkey", "/passkey/add/")
    page.go_back()
    add_passkey(page)
    look("codes", "/recovery-codes/")
    visit(page, "/account/second-step/")
    look("manage", "/second-step/")
    visit(page, "/account/second-step/recovery-codes/new/")
    look("question", "/recovery-codes/new/")
    sign_out(page)
    submit_login(page, "look", PASSWORD)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile("/admin/$"))
    with database():
        age_proofs()
    visit(page, "/account/second-step/recovery-codes/new/")
    look("confirm-password", "/confirm/")
    confirm_password(page)
    look("confirm-passkey", "/confirm/passkey/")
    page.get_by_role("link", name="Use a code instead").click()
    look("confirm-code", "/confirm/code/")
    sign_out(page)
    submit_login(page, "look", PASSWORD)
    look("second-step", "/login/second-step/")
