"""Removing and moving blocks in the editor: nothing is lost, and the focus stays."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect
from wagtail.models import Comment, CommentReply

from mission.models import StandardPage
from tests import factories
from tests.browser.editor import (
    expect_in_database,
    expect_saved,
    latest_revision,
    open_editor,
    save_draft,
)
from tests.browser.navigation import shoot_both_schemes, visit

ANSWERS = [{"question": f"Question {number}", "answer": "<p>So.</p>"} for number in (1, 2, 3)]


def button(scope: Page | Locator, action: str, number: int = 0) -> Locator:
    return scope.locator(f"[data-streamfield-action={action}]:visible").nth(number)


def expect_status(page: Page, words: str) -> None:
    expect(page.locator("body > [role=status]")).to_have_text(words)


def body(database: Callable, page: StandardPage) -> list[str]:
    return [block.block_type for block in latest_revision(database, page).body]


def wait_for_body(cms: Page, database: Callable, page: StandardPage, expected: list[str]) -> None:
    """Wait until the latest version has these blocks."""
    expect_in_database(cms, lambda: body(database, page), expected)


def test_removed_blocks_are_restored_and_moves_keep_the_focus(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    with database():
        answers = {"heading": "", "answers": ANSWERS}
        draft.body = [*draft.body.get_prep_value(), {"type": "accordion", "value": answers}]
        draft.save_revision()
    open_editor(cms, draft)
    button(cms, "MOVE_DOWN").press("Enter")
    expect_status(cms, "Text moved to position 2 of 3.")
    expect(button(cms, "MOVE_DOWN", 1)).to_be_focused()
    cms.keyboard.press("Enter")
    expect_status(cms, "Text moved to position 3 of 3.")
    expect(cms.locator(":focus")).to_have_attribute("data-streamfield-action", "MOVE_UP")

    questions = cms.locator("[data-contentpath=answers]")
    button(questions, "DELETE", 1).press("Enter")
    expect_status(cms, "Question removed.")
    button(questions, "MOVE_UP", 1).press("Enter")
    expect_status(cms, "Question moved to position 1 of 2.")
    button(cms, "DELETE").press("Enter")
    undo = cms.get_by_role("button", name="Undo")
    expect(undo.first).to_be_focused()
    expect_status(cms, "Claim with source removed.")
    wait_for_body(cms, database, draft, ["accordion", "text"])
    for width in (390, 1440):
        shoot_both_schemes(cms, "cms removed block", width)

    cms.keyboard.press("Enter")
    expect_status(cms, "Claim with source restored.")
    expect(cms.locator(":focus")).to_have_attribute("data-panel-toggle", "")
    expect(undo).to_have_count(1)
    undo.click()
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    assert body(database, draft) == ["claim", "accordion", "text"]
    answers = latest_revision(database, draft).body[1].value["answers"]
    order = [answer["question"] for answer in answers]
    assert order == ["Question 3", "Question 1", "Question 2"]


def test_undo_restores_the_comments_on_a_block(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    with database():
        author = factories.UserFactory()
        answers = [{"type": "item", "value": ANSWERS[0], "id": "a" * 36}]
        accordion = {"type": "accordion", "value": {"answers": answers}, "id": "b" * 36}
        draft.body = [*draft.body.get_prep_value(), accordion]
        draft.save_revision()
        text = latest_revision(database, draft).body[0]
        for path in (text.id, f"{'b' * 36}.answers.{'a' * 36}.question"):
            words = {"text": "Check", "contentpath": f"body.{path}", "position": "[]"}
            comment = Comment.objects.create(page=draft, user=author, **words)
            CommentReply.objects.create(comment=comment, user=author, text="Yes.")
    open_editor(cms, draft)
    cms.get_by_role("button", name="Toggle comments").click()
    shown = cms.locator("#comments .comment:visible")
    expect(shown).to_have_count(2)
    undo = cms.get_by_role("button", name="Undo")

    # Undo before and after an autosave, twice.
    for blocks in ([], ["claim", "accordion"]):
        button(cms, "DELETE").press("Enter")
        expect(shown).to_have_count(1)
        if blocks:
            wait_for_body(cms, database, draft, blocks)
            expect_saved(cms)
        undo.click()
        expect(shown).to_have_count(2)
    wait_for_body(cms, database, draft, ["text", "claim", "accordion"])

    # A nested block in a removed block.
    button(cms.locator("[data-contentpath=answers]"), "DELETE").press("Enter")
    expect(shown).to_have_count(1)
    button(cms, "DELETE", 2).press("Enter")
    wait_for_body(cms, database, draft, ["text", "claim"])
    undo.click()
    expect(shown).to_have_count(1)
    undo.click()
    expect(shown).to_have_count(2)
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    with database():
        comments = draft.wagtail_admin_comments.all()
        kept = [(each.resolved_at, each.replies.count()) for each in comments]
    assert kept == [(None, 1), (None, 1)]


def test_words_of_a_deleted_block_are_in_a_version(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    open_editor(cms, draft)
    cms.locator(".public-DraftEditor-content").click()
    cms.keyboard.press("Control+End")
    cms.keyboard.type(" Words of today.")
    expect_saved(cms)
    button(cms, "DELETE").press("Enter")
    expect(cms.get_by_role("button", name="Undo")).to_be_focused()
    wait_for_body(cms, database, draft, ["claim"])
    with database():
        versions = StandardPage.objects.get(pk=draft.pk).revisions.order_by("-created_at")[:2]
        found = [" Words of today." in str(each.as_object().body) for each in versions]
    assert found == [False, True]


def test_added_block_with_a_chooser_takes_the_focus(cms: Page, draft: StandardPage) -> None:
    open_editor(cms, draft)
    cms.get_by_role("button", name="Insert a block").first.press("Enter")
    cms.get_by_role("combobox").fill("Picture")
    cms.keyboard.press("Enter")
    expect_status(cms, "Picture added at position 1 of 3.")
    focused = cms.locator("[data-streamfield-child]", has=cms.locator(":focus"))
    expect(focused).to_contain_text("Picture")


def test_removed_inline_form_is_restored(cms: Page) -> None:
    visit(cms, "/admin/workflows/edit/1/")
    cms.get_by_role("button", name="Add task").click()
    up = cms.get_by_role("button", name="Move up").locator("visible=true")
    up.nth(1).press("Enter")
    expect_status(cms, "Task moved to position 1 of 2.")
    expect(cms.get_by_role("button", name="Move down").first).to_be_focused()
    cms.get_by_role("button", name="Delete", exact=True).locator("visible=true").nth(1).press(
        "Enter"
    )
    expect_status(cms, "Task removed.")
    expect(cms.get_by_role("button", name="Undo")).to_be_focused()
    cms.keyboard.press("Enter")
    expect_status(cms, "Task restored.")
    expect(cms.locator("[name=workflow_tasks-0-DELETE]")).to_have_value("")
    expect(cms.locator("[data-inline-panel-child-count]:visible")).to_have_text(["1", "2"])
