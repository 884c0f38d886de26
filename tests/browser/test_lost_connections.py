"""Unsaved input survives network failures, server restarts and expired sessions."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, Request, Route, expect
from pytest_django.live_server_helper import LiveServer

from mission.models import StandardPage
from staff.models import User
from tests.browser.editor import (
    TIMEOUT,
    expect_paused,
    expect_saved,
    expect_summary_saved,
    latest_revision,
    log_in,
    open_editor,
    write,
)
from tests.browser.navigation import shoot, visit, watch
from tests.pictures.test_duplicates import scene


@pytest.fixture
def _fast_session_pings(settings: object) -> None:
    """Ping for concurrent editing every second instead of every ten."""
    settings.WAGTAIL_EDITING_SESSION_PING_INTERVAL = 1000  # milliseconds


def is_save(request: Request) -> bool:
    """Whether this is an autosave."""
    return request.method == "POST" and "json" in request.headers.get("accept", "")


class ReusablePortServer(ThreadedWSGIServer):
    """A live server that can restart on the same port."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"allow_reuse_address": True})


def test_publish_during_failed_autosave_asks_and_keeps_input(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    on_its_way: list[Route] = []
    cms.route(f"**/admin/pages/{draft.pk}/edit/", lambda route: on_its_way.append(route))
    cms.get_by_role("button", name="More actions").click()
    with cms.expect_request(lambda request: request.method == "POST"):
        write(cms, "Written on a train.")
    cms.get_by_role("button", name="Publish", exact=True).click(no_wait_after=True)
    on_its_way[0].abort()  # the network fails
    expect(cms.get_by_role("dialog")).to_contain_text("A network error occurred")
    expect(cms.get_by_role("textbox", name="Summary")).to_have_value("Written on a train.")
    assert len(on_its_way) == 1, "the form was submitted without confirmation"


def lose_answers(page: Page, count: int) -> None:
    """The server gets the next autosaves, but their answers are lost."""
    left = [None] * count

    def lose(route: Route) -> None:
        if left and is_save(route.request):
            left.pop()
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/admin/pages/**", lose)


def test_lost_answer_of_autosave_raises_no_false_alarm(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    lose_answers(cms, 1)
    write(cms, "First words.")
    expect_paused(cms, "A network error occurred")
    write(cms, " And more.")
    expect_summary_saved(cms, database, draft, "First words. And more.")
    expect_saved(cms)


def test_lost_answers_on_new_page_create_one_page(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    visit(cms, f"/admin/pages/add/mission/standardpage/{draft.get_parent().pk}/")
    lose_answers(cms, 9)
    cms.get_by_role("textbox", name="Title").first.fill("Lost and found")
    expect_paused(cms, "A network error occurred")
    write(cms, "Typed on.")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("published")
    with database():
        page = StandardPage.objects.get(title="Lost and found")
    assert page.live
    assert page.summary == "Typed on."


def test_new_page_is_edited_after_its_parts_could_not_be_loaded(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    lost: list[Route] = []

    def lose_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route)
            route.abort()

    cms.route("**/*_w_hydrate_create_view=1", lose_first)
    visit(cms, f"/admin/pages/add/mission/standardpage/{draft.get_parent().pk}/")
    cms.get_by_role("textbox", name="Title").first.press_sequentially("Half loaded")
    expect_paused(cms, "A network error occurred")
    write(cms, "Typed on.")
    expect_saved(cms)
    with database():
        page = StandardPage.objects.get(draft_title="Half loaded")
    expect_summary_saved(cms, database, page, "Typed on.")


def test_connection_lost_while_server_saves_creates_one_page(
    cms: Page, database: Callable, draft: StandardPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    save_revision = StandardPage.save_revision

    def save_slowly(page: StandardPage, **options: object) -> object:
        may_go_on.wait(TIMEOUT / 1000)
        return save_revision(page, **options)

    monkeypatch.setattr(StandardPage, "save_revision", save_slowly)
    visit(cms, f"/admin/pages/add/mission/standardpage/{draft.get_parent().pk}/")
    cms.evaluate(
        """() => {
            const { fetch } = window;
            window.fetch = (...request) => {
                window.fetch = fetch;
                fetch(...request);
                return Promise.reject(new TypeError("lost"));
            };
        }"""
    )
    cms.get_by_role("textbox", name="Title").first.press_sequentially("Saved once")
    expect_paused(cms, "A network error occurred")
    with cms.expect_request(is_save):
        write(cms, "Typed on.")
    may_go_on.set()
    expect_saved(cms)
    with database():
        page = StandardPage.objects.get(draft_title="Saved once")
    expect_summary_saved(cms, database, page, "Typed on.")


def test_autosave_resumes_after_server_restart(
    browser: Browser, database: Callable, draft: StandardPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveServerThread, "server_class", ReusablePortServer)
    server = LiveServer("localhost")
    port = server.thread.port
    page = browser.new_context(base_url=server.url).new_page()
    watch(page, server.url)
    log_in(page, database, "typist")
    open_editor(page, draft)
    write(page, "Before it went.")
    expect_summary_saved(page, database, draft, "Before it went.")

    server.stop()
    # Chromium keeps its connections open when the server thread ends, so take it offline too.
    page.context.set_offline(True)
    write(page, " While it was away.")
    expect_paused(page, "A network error occurred")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("A network error occurred")
    server = LiveServer(f"localhost:{port}")
    page.context.set_offline(False)
    try:
        expect_summary_saved(page, database, draft, "Before it went. While it was away.")
    finally:
        page.context.close()
        server.stop()


@pytest.mark.usefixtures("_fast_session_pings")
def test_concurrent_editors_are_warned_and_do_not_overwrite(
    new_page: Callable[..., Page], database: Callable, draft: StandardPage
) -> None:
    first, second = new_page(), new_page()
    for page, name in ((first, "first-hand"), (second, "second-hand")):
        log_in(page, database, name)
        open_editor(page, draft)
    write(first, "By the first.")
    expect_summary_saved(first, database, draft, "By the first.")
    told = second.get_by_role("button", name="first-hand saved a new version")
    expect(told).to_be_visible(timeout=TIMEOUT)
    write(second, "By the second.")
    expect_paused(second, "overwrite a newer version")
    expect(second.get_by_role("textbox", name="Summary")).to_have_value("By the second.")
    assert latest_revision(database, draft).summary == "By the first."


@pytest.mark.parametrize("is_noticed", [True, False])
def test_older_window_asks_before_it_publishes(
    new_page: Callable[..., Page],
    database: Callable,
    draft: StandardPage,
    settings: Any,
    *,
    is_noticed: bool,
) -> None:
    if is_noticed:
        settings.WAGTAIL_EDITING_SESSION_PING_INTERVAL = 1000  # milliseconds
    first, second = new_page(), new_page()
    for page, name in ((first, "first-hand"), (second, "second-hand")):
        log_in(page, database, name)
        open_editor(page, draft)
    write(first, "By the first.")
    expect_summary_saved(first, database, draft, "By the first.")
    publish = second.get_by_role("button", name="Publish", exact=True)
    if is_noticed:
        told = second.get_by_role("button", name="first-hand saved a new version")
        expect(told).to_be_visible(timeout=TIMEOUT)
        # This notice may be of an autosave of fewer words. The next one is of the last version.
        with second.expect_response(lambda response: "/ping/" in response.url):
            pass
        publish.click()
        second.get_by_role("dialog").get_by_role("button", name="Publish").click()
    else:
        publish.click()
        expect(second.locator(".messages")).to_contain_text("first-hand saved a newer version")
        shoot(second, "cms newer version")
        assert latest_revision(database, draft).summary == "By the first."
        publish.click()
    expect(second.locator(".messages")).to_contain_text("has been published")
    with database():
        assert "By the first." not in StandardPage.objects.get(pk=draft.pk).summary


def test_publish_waits_for_autosave_after_lost_answer(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    lose_answers(cms, 1)
    write(cms, "First words.")
    expect_paused(cms, "A network error occurred")
    on_its_way: list[Route] = []
    cms.route(f"**/admin/pages/{draft.pk}/edit/", lambda route: on_its_way.append(route))
    with cms.expect_request(is_save):
        write(cms, " And more.")
    cms.get_by_role("button", name="Publish", exact=True).click(no_wait_after=True)
    expect(cms.get_by_role("dialog")).to_be_hidden()
    cms.unroute(f"**/admin/pages/{draft.pk}/edit/")
    on_its_way[0].continue_()
    expect(cms.locator(".messages")).to_contain_text("has been published")
    with database():
        assert StandardPage.objects.get(pk=draft.pk).summary == "First words. And more."


@pytest.mark.parametrize("notices_by", ["autosave", "ping"])
def test_editor_of_deleted_page_shows_a_message(
    cms: Page, database: Callable, draft: StandardPage, settings: Any, notices_by: str
) -> None:
    if notices_by == "ping":
        settings.WAGTAIL_EDITING_SESSION_PING_INTERVAL = 1000  # milliseconds
    open_editor(cms, draft)
    with database():
        draft.delete()
    if notices_by == "autosave":
        write(cms, "Typed too late.")
    expect_paused(cms, "This was withdrawn or deleted. What you type now is not saved.")
    cms.keyboard.press("Control+s")
    dialog = cms.get_by_role("dialog")
    expect(dialog).to_contain_text("This was withdrawn or deleted.")
    expect(dialog).not_to_contain_text("network")
    shoot(cms, f"cms deleted {notices_by}")


def test_expired_session_keeps_input(
    new_page: Callable[..., Page], site: str, database: Callable, draft: StandardPage
) -> None:
    page = new_page()
    log_in(page, database, "sleeper")
    open_editor(page, draft)
    with database():
        Session.objects.all().delete()
    write(page, "Typed while logged out.")
    expect_paused(page, "You are signed out. What you typed is still here")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("You are signed out.")
    expect(page.get_by_role("dialog")).not_to_contain_text("network")
    shoot(page, "cms logged out")

    tab = page.context.new_page()
    watch(tab, site)
    log_in(tab, database, "sleeper")
    expect_summary_saved(page, database, draft, "Typed while logged out.")
    expect_saved(page)
    expect(page.get_by_role("dialog")).to_be_hidden()
    write(page, " And after.")
    page.keyboard.press("Control+s")
    expect(page.locator(".messages")).to_contain_text("has been updated")
    assert latest_revision(database, draft).summary == "Typed while logged out. And after."


def test_upload_after_expired_session_says_so(
    new_page: Callable[..., Page], database: Callable, tmp_path: Path
) -> None:
    page = new_page()
    log_in(page, database, "uploader")
    visit(page, "/admin/images/multiple/add/")
    for number in (7, 8):
        (tmp_path / f"{number}.jpg").write_bytes(scene(number))
    page.locator("#fileupload").set_input_files(tmp_path / "7.jpg")
    first, second = (page.locator("#upload-list > li").nth(number) for number in (0, 1))
    first.get_by_label("Description", exact=True).fill("A march")
    with database():
        Session.objects.all().delete()
    first.get_by_role("button", name="Update").click()
    page.locator("#fileupload").set_input_files(tmp_path / "8.jpg")
    for item in (first, second):
        expect(item).to_contain_text("You were signed out, so this was not saved.")
        expect(item.get_by_text("Server Error")).to_be_hidden()
    shoot(page, "cms upload logged out")


def test_upload_in_chooser_after_expired_session_says_so(
    new_page: Callable[..., Page], database: Callable, draft: StandardPage, tmp_path: Path
) -> None:
    page = new_page()
    log_in(page, database, "chooser")
    open_editor(page, draft)
    page.get_by_role("button", name="Choose an image").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Upload").click()
    (tmp_path / "march.jpg").write_bytes(scene(9))
    dialog.locator("input[type=file]").set_input_files(tmp_path / "march.jpg")
    dialog.get_by_label("Title").fill("A march")
    dialog.get_by_label("No one", exact=True).check()
    with database():
        Session.objects.all().delete()
    dialog.get_by_role("button", name="Upload").click()
    expect(dialog).to_contain_text("You were signed out, so this was not saved.")
    shoot(page, "cms chooser logged out")


def test_lost_role_and_other_account_are_said(
    new_page: Callable[..., Page], site: str, database: Callable, draft: StandardPage
) -> None:
    page = new_page()
    log_in(page, database, "edith")
    open_editor(page, draft)
    with database():
        User.objects.filter(username="edith").update(is_superuser=False)
    write(page, "Typed without the role.")
    expect_paused(page, "You may no longer edit this page")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("perhaps because your role was changed")
    shoot(page, "cms lost role")
    page.keyboard.press("Escape")
    with database():
        User.objects.filter(username="edith").update(is_superuser=True)
    tab = page.context.new_page()
    watch(tab, site)
    page.context.clear_cookies()
    log_in(tab, database, "wanda")
    write(page, " And as another.")
    expect_paused(page, "edith opened this page, but this browser is now signed in as wanda.")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("Sign in as edith in another tab")
    shoot(page, "cms other account")
    page.keyboard.press("Escape")
    page.context.clear_cookies()
    log_in(tab, database, "edith")
    expect_summary_saved(page, database, draft, "Typed without the role. And as another.")
