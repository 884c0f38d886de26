"""Forms of the CMS that cannot be saved yet are not lost."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from mission.models import StandardPage
from staff.models import User
from tests.browser.axe import violations_in_both_schemes
from tests.browser.conftest import PASSWORD
from tests.browser.editor import latest_revision, log_in, open_editor, save_draft, write
from tests.browser.navigation import expect_status, shoot, visit, watch

NEW_USER = "/admin/users/new/"


def age_proofs(seconds: float) -> None:
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        for record in session["account_authentication_methods"]:
            record["at"] -= seconds
        session.save()


def open_tab(page: Page, link: str, site: str) -> Page:
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=link).click()
    tab = opened.value
    watch(tab, site)
    return tab


def submit_login(tab: Page, name: str) -> None:
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="You can send your form now")).to_be_visible()
    tab.close()


def confirm(tab: Page) -> None:
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Continue").click()
    expect(tab.get_by_role("heading", name="You can send your form now")).to_be_visible()
    tab.close()


def test_user_form_is_sent_again_after_reauthentication(
    new_page: Callable[..., Page], site: str, database: Callable
) -> None:
    page = new_page()
    log_in(page, database, "slow-hand")
    visit(page, NEW_USER)
    fields = {"username": "ana", "first_name": "Ana", "last_name": "B", "email": "a@example.org"}
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill("another long password")
    with database():
        age_proofs(60 * 60)
    expect_status(page, NEW_USER, 403)
    page.locator("[name=email]").press("Enter")
    expect(page.get_by_role("heading", name="Nothing was saved yet")).to_be_visible()
    assert violations_in_both_schemes(page) == []
    shoot(page, "account resubmit")
    confirm(open_tab(page, "Confirm in a new tab", site))
    for field in page.get_by_label("Enter the password of the form again").all():
        field.fill("another long password")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".messages")).to_contain_text("created")
    with database():
        ana = User.objects.get(username="ana")
        assert (ana.email, ana.check_password("another long password")) == ("a@example.org", True)


def test_form_is_sent_again_without_javascript(
    new_page: Callable[..., Page], site: str, database: Callable
) -> None:
    page = new_page(javascript=False)
    log_in(page, database, "slow-hand")
    path = "/admin/account/email/"
    visit(page, path)
    page.get_by_label("Email").fill("new@example.org")
    with database():
        age_proofs(60 * 60)
    expect_status(page, path, 403)
    page.get_by_role("button", name="Save").click()
    confirm(open_tab(page, "Confirm in a new tab", site))
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".messages")).to_contain_text("has been saved")
    with database():
        assert User.objects.get(username="slow-hand").email == "new@example.org"


@pytest.mark.usefixtures("without_autosave")
@pytest.mark.parametrize("is_refused_by_edge", [True, False])
def test_page_form_is_sent_again_after_session_ended(
    new_page: Callable[..., Page],
    site: str,
    database: Callable,
    draft: StandardPage,
    *,
    is_refused_by_edge: bool,
) -> None:
    page = new_page()
    log_in(page, database, "sleeper")
    open_editor(page, draft)
    write(page, "Typed while logged out.")
    with database():
        Session.objects.all().delete()
    path = f"/admin/pages/{draft.pk}/edit/"
    expect_status(page, path, 403)

    def refuse(route: Route) -> None:
        """As nginx does with a long form of somebody who is not logged in."""
        body = render_to_string("signed_out.html")
        route.fulfill(status=403, body=body, content_type="text/html")

    if is_refused_by_edge:
        page.route(f"**{path}", refuse)
    save_draft(page)
    heading = "You were signed out" if is_refused_by_edge else "Nothing was saved yet"
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    shoot(page, f"cms {heading}")
    submit_login(open_tab(page, "Sign in in a new tab", site), "sleeper")
    if is_refused_by_edge:
        page.unroute(f"**{path}")
        page.reload()
    else:
        page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("You opened this form before")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".messages")).to_contain_text("has been updated")
    assert latest_revision(database, draft).summary == "Typed while logged out."
