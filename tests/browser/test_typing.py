"""What an editor types is never lost."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from mission.models import HomePage, StandardPage
from tests.browser.editor import (
    PATIENCE,
    kept,
    open_editor,
    see_kept,
    see_paused,
    see_saved,
    write,
)
from tests.browser.visits import visit


def is_save(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/edit/")


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


def test_leaving_right_after_typing_asks(cms: Page, draft: StandardPage) -> None:
    open_editor(cms, draft)
    write(cms, "Not yet saved.")
    with cms.expect_event("dialog") as asked:
        cms.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()
