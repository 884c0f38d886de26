"""Autosave never loses input."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from mission.models import HomePage, StandardPage
from tests.browser.editor import (
    TIMEOUT,
    expect_paused,
    expect_saved,
    expect_summary_saved,
    latest_revision,
    open_editor,
    save_draft,
    write,
)
from tests.browser.navigation import visit


def is_save(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/edit/")


def test_ctrl_s_saves_text_typed_just_before(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.locator(".public-DraftEditor-content").get_by_text("Once.").click()
    cms.keyboard.press("End")
    cms.keyboard.type(" Last words.")
    cms.keyboard.press("Control+s")
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    assert "Once. Last words.</p>" in str(latest_revision(database, draft).body)


def test_autosave_saves_text_typed_on_page_load(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    write(cms, "The first words.")
    expect_summary_saved(cms, database, draft, "The first words.")
    expect_saved(cms)


def test_autosave_does_not_save_unchanged_page(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    before = latest_revision(database, draft).latest_revision.pk
    cms.clock.install()
    sent: list[str] = []
    cms.on("request", lambda request: sent.append(request.url) if is_save(request) else None)
    open_editor(cms, draft)
    summary = cms.get_by_role("textbox", name="Summary")
    summary.click()
    cms.locator(".public-DraftEditor-content").get_by_text("Once.").click()
    cms.clock.run_for(10_000)  # milliseconds of fake time
    assert sent == []
    assert latest_revision(database, draft).latest_revision.pk == before
    with cms.expect_request(is_save):  # control: typing does trigger a save
        summary.press("a")
        cms.clock.run_for(10_000)


def test_autosave_saves_text_typed_during_a_save(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.evaluate(
        """document.addEventListener("w-autosave:save", () => {
            document.querySelector("[name=summary]").value += " Typed on the way.";
        }, { once: true })"""
    )
    write(cms, "The first words.")
    expect_summary_saved(cms, database, draft, "The first words. Typed on the way.")


def test_autosave_works_after_rejected_publish(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.get_by_role("textbox", name="Title").fill("")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("could not be")
    cms.get_by_role("textbox", name="Title").fill("Typed again")
    expect_saved(cms)
    write(cms, "And more.")
    expect_summary_saved(cms, database, draft, "And more.")
    assert latest_revision(database, draft).title == "Typed again"


def test_autosave_pauses_while_a_block_is_invalid(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    address = cms.locator("[name=body-1-value-url]")
    address.fill("no address")
    expect_paused(cms, "There are validation errors, click save to highlight them.")
    save_draft(cms)
    expect(cms.get_by_role("region", name="Body")).to_contain_text("Enter a valid URL")
    expect(address).to_have_value("no address")
    address.fill("https://www.example.org/")
    expect_saved(cms)
    assert latest_revision(database, draft).body[1].value["url"] == "https://www.example.org/"


def test_autosave_waits_while_a_date_is_typed(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.evaluate(
        "window.errors = 0; document.addEventListener('w-autosave:error', () => window.errors++)"
    )
    cms.evaluate(
        "window.addEventListener('w-autosave:save',"
        " () => document.body.classList.add('autosave-tried'), { capture: true })"
    )
    cms.get_by_role("button", name="Toggle status").click()
    cms.get_by_role("button", name="Set schedule").click()
    goes_live = cms.get_by_role("dialog").get_by_label("Go live date/time")
    goes_live.press_sequentially("12/01/2037", delay=40)
    expect(cms.locator("body")).to_contain_class("autosave-tried")
    goes_live.press_sequentially(" 9:00 am", delay=40)
    expect_saved(cms)
    assert cms.evaluate("window.errors") == 0
    assert latest_revision(database, draft).go_live_at.year == 2037
    goes_live.press("ControlOrMeta+a")
    goes_live.press_sequentially("tonight", delay=40)
    goes_live.press("Tab")
    expect_paused(cms, "There are validation errors, click save to highlight them.")


def test_publish_during_autosave_creates_one_page(
    cms: Page, database: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()
    save_revision = StandardPage.save_revision

    def save_slowly(page: StandardPage, **options: object) -> object:
        if not has_begun.is_set():  # the autosave
            has_begun.set()
            may_go_on.wait(TIMEOUT / 1000)
        return save_revision(page, **options)

    monkeypatch.setattr(StandardPage, "save_revision", save_slowly)
    with database():
        home = HomePage.objects.get(locale__language_code="en")
    visit(cms, f"/admin/pages/add/mission/standardpage/{home.pk}/")
    cms.get_by_role("textbox", name="Title").first.fill("Published in a hurry")
    cms.get_by_role("button", name="More actions").click()
    assert has_begun.wait(TIMEOUT / 1000)
    cms.get_by_role("button", name="Publish", exact=True).click(no_wait_after=True)
    may_go_on.set()
    expect(cms.locator(".messages")).to_contain_text("published", timeout=TIMEOUT)
    with database():
        assert StandardPage.objects.get(title="Published in a hurry").live


def test_new_page_is_created_once_if_saved_again_after_back_button(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    visit(cms, f"/admin/pages/add/mission/standardpage/{draft.get_parent().pk}/")
    cms.get_by_role("textbox", name="Title").first.fill("Saved and reopened")
    cms.keyboard.press("Control+s")  # before autosave
    expect(cms.locator(".messages")).to_contain_text("created")
    cms.go_back()
    write(cms, "Typed after.")
    expect_saved(cms)
    with database():
        page = StandardPage.objects.get(draft_title="Saved and reopened")
    expect_summary_saved(cms, database, page, "Typed after.")


def test_closing_window_with_unsaved_text_asks(cms: Page, draft: StandardPage) -> None:
    open_editor(cms, draft)
    write(cms, "Not yet saved.")
    with cms.expect_event("dialog") as asked:
        cms.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


@pytest.mark.parametrize("posted", [False, True])
def test_closing_window_with_unsaved_comment_asks(
    cms: Page, draft: StandardPage, *, posted: bool
) -> None:
    open_editor(cms, draft)
    # Autosaves never reach the server.
    cms.route(f"**/admin/pages/{draft.pk}/edit/", lambda route: None)
    section = cms.get_by_role("region", name="Summary")
    section.hover()
    section.get_by_role("button", name="Add comment").click()
    cms.locator(".comment textarea").press_sequentially("A remark")
    if posted:
        cms.get_by_role("button", name="Comment", exact=True).click()
    with cms.expect_event("dialog") as asked:
        cms.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


def test_autosave_works_after_stopped_submission(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    write(cms, "Saved.")
    expect_summary_saved(cms, database, draft, "Saved.")
    expect_saved(cms)
    address = f"**/admin/pages/{draft.pk}/edit/"
    on_its_way: list[Route] = []
    cms.route(address, lambda route: on_its_way.append(route))
    with cms.expect_request(is_save):
        cms.keyboard.press("Control+s")
    cms.keyboard.type(" Not shown, as it would be lost.")
    cms.context.new_cdp_session(cms).send("Page.stopLoading")
    for route in on_its_way:
        route.abort()
    cms.unroute(address)
    expect(cms.get_by_role("textbox", name="Summary")).to_be_focused()
    write(cms, " Typed after.")
    expect_summary_saved(cms, database, draft, "Saved. Typed after.")
