"""What an editor types outlives a network, a server and a session that go away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from mission.models import StandardPage
from tests.browser.editor import (
    PATIENCE,
    kept,
    log_in,
    open_editor,
    see_kept,
    see_paused,
    see_saved,
    write,
)
from tests.browser.visits import shoot, watch


@pytest.fixture
def _quick_pings(settings: object) -> None:
    """A colleague's editor hears of a new version after a second, not after ten."""
    settings.WAGTAIL_EDITING_SESSION_PING_INTERVAL = 1000  # milliseconds


class ServerThatComesBack(ThreadedWSGIServer):
    """At its old port."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"allow_reuse_address": True})


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
    see_paused(page, "You are signed out. What you typed is still here")
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
