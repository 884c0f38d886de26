"""What an editor types is never lost."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, Request, Route, expect
from pytest_django.live_server_helper import LiveServer

from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.browser.conftest import PASSWORD
from tests.browser.visits import shoot, visit, watch

SAVED = ".w-autosave-indicator__state--saved"
PAUSED = ".w-autosave-indicator__state--paused"
PATIENCE = 30_000  # milliseconds; a busy machine saves late


@pytest.fixture
def draft(database: Callable, site: str) -> StandardPage:
    with database():
        page = factories.StandardPageFactory(
            parent=HomePage.objects.get(locale__language_code="en"),
            title="Typed by hand",
            slug="typed",
            live=False,
        )
        claim = {"statement": "It is so.", "source": "A report"}
        page.body = [
            {"type": "text", "value": "<p>Once.</p>"},
            {"type": "claim", "value": claim},
        ]
        page.save_revision()
    return page


@pytest.fixture
def _quick_pings(settings: object) -> None:
    """A colleague's editor hears of a new version after a second, not after ten."""
    settings.WAGTAIL_EDITING_SESSION_PING_INTERVAL = 1000  # milliseconds


class ServerThatComesBack(ThreadedWSGIServer):
    """At its old port."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"allow_reuse_address": True})


def log_in(page: Page, database: Callable, name: str) -> None:
    with database():
        User.objects.filter(username=name).delete()
        User.objects.create_superuser(name, f"{name}@example.org", PASSWORD)
    visit(page, "/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))


def kept(database: Callable, page: StandardPage) -> StandardPage:
    with database():
        return StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def see_kept(page: Page, database: Callable, draft: StandardPage, words: str) -> None:
    """Waits until the latest version has `words` as its summary."""
    for _ in range(PATIENCE // 250):
        if kept(database, draft).summary == words:
            return
        page.wait_for_timeout(250)
    assert kept(database, draft).summary == words


def is_save(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/edit/")


def open_editor(page: Page, draft: StandardPage) -> None:
    visit(page, f"/admin/pages/{draft.pk}/edit/")


def write(page: Page, words: str) -> None:
    page.get_by_role("textbox", name="Summary").press("End")
    page.keyboard.type(words)


def see_saved(page: Page) -> None:
    expect(page.locator(SAVED)).to_be_visible(timeout=PATIENCE)


def see_paused(page: Page, why: str) -> None:
    expect(page.locator(PAUSED)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".footer__save-warning")).to_contain_text(why, timeout=PATIENCE)


def test_the_last_words_before_ctrl_s_are_saved(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.locator(".public-DraftEditor-content").get_by_text("Once.").click()
    cms.keyboard.press("End")
    cms.keyboard.type(" Last words.")
    cms.keyboard.press("Control+s")
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    assert "Once. Last words.</p>" in str(kept(database, draft).body)


def test_words_typed_as_soon_as_the_page_opens_are_saved(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    write(cms, "The first words.")
    see_kept(cms, database, draft, "The first words.")
    see_saved(cms)


def test_a_page_that_is_only_looked_at_is_not_saved(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    before = kept(database, draft).latest_revision.pk
    cms.clock.install()
    sent: list[str] = []
    cms.on("request", lambda request: sent.append(request.url) if is_save(request) else None)
    open_editor(cms, draft)
    summary = cms.get_by_role("textbox", name="Summary")
    summary.click()
    cms.locator(".public-DraftEditor-content").get_by_text("Once.").click()
    cms.clock.run_for(10_000)  # milliseconds, at once
    assert sent == []
    assert kept(database, draft).latest_revision.pk == before
    with cms.expect_request(is_save):  # and by the same clock it is, once somebody types
        summary.press("a")
        cms.clock.run_for(10_000)


def test_words_typed_while_a_save_is_on_its_way_are_saved_by_the_next(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.evaluate(
        """document.addEventListener("w-autosave:save", () => {
            document.querySelector("[name=summary]").value += " Typed on the way.";
        }, { once: true })"""
    )
    write(cms, "The first words.")
    see_kept(cms, database, draft, "The first words. Typed on the way.")


def test_words_typed_after_publishing_was_refused_are_saved(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.get_by_role("textbox", name="Title").fill("")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("could not be")
    cms.get_by_role("textbox", name="Title").fill("Typed again")
    see_saved(cms)
    write(cms, "And more.")
    see_kept(cms, database, draft, "And more.")
    assert kept(database, draft).title == "Typed again"


def test_a_mistake_in_a_block_pauses_autosave_until_it_is_put_right(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    address = cms.locator("[name=body-1-value-url]")
    address.fill("no address")
    see_paused(cms, "There are validation errors, click save to highlight them.")
    cms.get_by_role("button", name="Save draft").click()
    expect(cms.locator("#panel-child-content-body-section")).to_contain_text("Enter a valid URL")
    expect(address).to_have_value("no address")
    address.fill("https://www.example.org/")
    see_saved(cms)
    assert kept(database, draft).body[1].value["url"] == "https://www.example.org/"


def test_publishing_while_an_autosave_is_on_its_way_makes_one_page(
    cms: Page, database: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()
    save_revision = StandardPage.save_revision

    def save_slowly(page: StandardPage, **options: object) -> object:
        if not has_begun.is_set():  # the autosave
            has_begun.set()
            may_go_on.wait(PATIENCE / 1000)
        return save_revision(page, **options)

    monkeypatch.setattr(StandardPage, "save_revision", save_slowly)
    with database():
        home = HomePage.objects.get(locale__language_code="en")
    visit(cms, f"/admin/pages/add/mission/standardpage/{home.pk}/")
    cms.get_by_role("textbox", name="Title").first.fill("Published in a hurry")
    cms.get_by_role("button", name="More actions").click()
    assert has_begun.wait(PATIENCE / 1000)
    cms.get_by_role("button", name="Publish", exact=True).click(no_wait_after=True)
    may_go_on.set()
    expect(cms.locator(".messages")).to_contain_text("published", timeout=PATIENCE)
    with database():
        assert StandardPage.objects.get(title="Published in a hurry").live


def test_publishing_while_an_autosave_fails_asks_and_loses_nothing(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    on_its_way: list[Route] = []
    cms.route(f"**/admin/pages/{draft.pk}/edit/", lambda route: on_its_way.append(route))
    cms.get_by_role("button", name="More actions").click()
    with cms.expect_request(lambda request: request.method == "POST"):
        write(cms, "Written on a train.")
    cms.get_by_role("button", name="Publish", exact=True).click(no_wait_after=True)
    on_its_way[0].abort()  # into the tunnel
    expect(cms.get_by_role("dialog")).to_contain_text("A network error occurred")
    expect(cms.get_by_role("textbox", name="Summary")).to_have_value("Written on a train.")
    assert len(on_its_way) == 1, "the form was sent without a question"


def test_leaving_right_after_typing_asks(cms: Page, draft: StandardPage) -> None:
    open_editor(cms, draft)
    write(cms, "Not yet saved.")
    with cms.expect_event("dialog") as asked:
        cms.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


def test_the_server_goes_away_while_an_editor_types_and_comes_back(
    browser: Browser, database: Callable, draft: StandardPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveServerThread, "server_class", ServerThatComesBack)
    server = LiveServer("localhost")
    port = server.thread.port
    page = browser.new_context(base_url=server.url).new_page()
    watch(page, server.url)
    log_in(page, database, "typist")
    open_editor(page, draft)
    write(page, "Before it went.")
    see_kept(page, database, draft, "Before it went.")

    server.stop()
    page.context.set_offline(True)  # Chromium keeps connections that outlive the server's thread
    write(page, " While it was away.")
    see_paused(page, "A network error occurred")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("A network error occurred")
    server = LiveServer(f"localhost:{port}")
    page.context.set_offline(False)
    try:
        see_kept(page, database, draft, "Before it went. While it was away.")
    finally:
        page.context.close()
        server.stop()


@pytest.mark.usefixtures("_quick_pings")
def test_two_editors_of_one_page_are_told_and_neither_overwrites(
    new_page: Callable[..., Page], database: Callable, draft: StandardPage
) -> None:
    first, second = new_page(), new_page()
    for page, name in ((first, "first-hand"), (second, "second-hand")):
        log_in(page, database, name)
        open_editor(page, draft)
    write(first, "By the first.")
    see_kept(first, database, draft, "By the first.")
    told = second.get_by_role("button", name="first-hand saved a new version")
    expect(told).to_be_visible(timeout=PATIENCE)
    write(second, "By the second.")
    see_paused(second, "overwrite a newer version")
    expect(second.get_by_role("textbox", name="Summary")).to_have_value("By the second.")
    assert kept(database, draft).summary == "By the first."


def test_a_session_that_ends_while_typing_loses_nothing(
    new_page: Callable[..., Page], site: str, database: Callable, draft: StandardPage
) -> None:
    page = new_page()
    log_in(page, database, "sleeper")
    open_editor(page, draft)
    with database():
        Session.objects.all().delete()
    write(page, "Typed while logged out.")
    see_paused(page, "You are logged out. What you typed is still here")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_be_visible()
    shoot(page, "cms logged out")
    page.keyboard.press("Escape")

    tab = page.context.new_page()
    watch(tab, site)
    log_in(tab, database, "sleeper")
    see_kept(page, database, draft, "Typed while logged out.")
    see_saved(page)
    write(page, " And after.")
    page.keyboard.press("Control+s")
    expect(page.locator(".messages")).to_contain_text("has been updated")
    assert kept(database, draft).summary == "Typed while logged out. And after."
