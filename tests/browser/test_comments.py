"""Whatever is typed in the comments of the editor survives autosave and saving."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, Request, Route, expect
from wagtail.models import Comment, CommentReply

from mission.models import StandardPage
from staff.models import User
from tests.browser.editor import TIMEOUT, expect_in_database, open_editor, save_draft


def is_save(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/edit/")


def comment(cms: Page, words: str) -> Locator:
    return cms.locator("#comments .comment", has_text=words)


def begin_comment(cms: Page, field: str, words: str) -> None:
    row = cms.locator(f"[data-contentpath={field}]")
    row.hover()
    row.locator("[data-comment-add]").click()
    expect(cms.locator(".comment--mode-creating textarea:focus")).to_have_count(1)
    cms.keyboard.type(words, delay=30)


def send(cms: Page) -> None:
    cms.locator(".comment--mode-creating.comment--focused").get_by_role(
        "button", name="Comment"
    ).click()


def choose(item: Locator, action: str) -> None:
    # No mouse, because comments move when another one loses the focus.
    item.get_by_role("button", name="More actions").first.dispatch_event("click")
    item.get_by_role("menuitem", name=action).first.click()


def test_typed_comments_survive_autosave_and_saving(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    with database():
        author = {"user": User.objects.get(username="editor")}
        for text in ("Old", "Away", "Gone"):
            words = {"text": text, "contentpath": "summary"}
            parent = Comment.objects.create(page=draft, **words, **author)
            CommentReply.objects.create(comment=parent, text=f"{text} reply", **author)
    open_editor(cms, draft)
    on_its_way: list[Route] = []
    address = f"**/admin/pages/{draft.pk}/edit/"
    cms.route(address, lambda route: on_its_way.append(route), times=1)

    # An autosave begins.
    begin_comment(cms, "title", "Begun before")
    with cms.expect_request(is_save):
        choose(comment(cms, "Away"), "Delete")
        comment(cms, "Away").get_by_role("button", name="Delete", exact=True).click()
        begin_comment(cms, "source", "Sent before")
        send(cms)
    # Until it ends, comments and replies are deleted, changed, sent and begun.
    choose(comment(cms, "Gone"), "Delete")
    comment(cms, "Gone").get_by_role("button", name="Delete", exact=True).click()
    choose(comment(cms, "Old"), "Edit")
    cms.locator(".comment--mode-editing textarea").fill("Old and changed")
    comment(cms, "Sent before").dispatch_event("click")
    comment(cms, "Sent before").get_by_role("textbox").press_sequentially("A reply")
    begin_comment(cms, "url", "Sent meanwhile")
    send(cms)
    begin_comment(cms, "statement", "Begun")
    cms.locator("[data-streamfield-action=DELETE]:visible").nth(1).click()
    cms.get_by_role("button", name="Undo").click()
    cms.locator(".comment--mode-creating textarea").last.press("End")
    with cms.expect_response(lambda response: is_save(response.request), timeout=TIMEOUT):
        on_its_way[0].continue_()
    cms.keyboard.type(" meanwhile", delay=30)

    def in_database() -> list[tuple[str, list[str]]]:
        with database():
            comments = draft.wagtail_admin_comments.all()
            return [(each.text, [reply.text for reply in each.replies.all()]) for each in comments]

    kept = [("Old", ["Old reply"]), ("Sent before", []), ("Sent meanwhile", [])]
    expect_in_database(cms, in_database, kept)
    expect(cms.locator("textarea:focus")).to_have_value("Begun meanwhile")
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    assert in_database() == [
        ("Old and changed", ["Old reply"]),
        ("Sent before", ["A reply"]),
        ("Sent meanwhile", []),
        ("Begun before", []),
        ("Begun meanwhile", []),
    ]
