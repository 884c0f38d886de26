"""What somebody writes in a thread that a colleague closed meanwhile is kept."""

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Comment, CommentReply
from wagtail.test.utils.form_data import inline_formset

from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.editorial.test_drafts import latest_revision, send


@pytest.fixture(params=[False, True], ids=["draft", "live"])
def page(request: pytest.FixtureRequest, home: HomePage) -> StandardPage:
    page = factories.StandardPageFactory(parent=home, title="Page", slug="page", live=request.param)
    page.save_revision()
    return page


@pytest.fixture
def comment(page: StandardPage) -> Comment:
    user = factories.UserFactory()
    return Comment.objects.create(page=page, user=user, text="Is it?", contentpath="title")


def save(client: Client, page: StandardPage, button: str = "", *forms: dict) -> None:
    comments = inline_formset(list(forms), initial=len(forms))
    assert send(client, page, button, comments=comments).status_code == 302


def form_of(comment: Comment, *new_replies: str, **values: object) -> dict[str, Any]:
    saved = [{"id": reply.pk, "text": reply.text} for reply in comment.replies.all()]
    new = [{"id": "", "text": text} for text in new_replies]
    fields = {"id": comment.pk, "text": comment.text, "contentpath": comment.contentpath}
    replies = inline_formset([*saved, *new], initial=len(saved))
    return {**fields, "position": "", "replies": replies, **values}


REPLY = [("Is it?", ["Yes."])]


@pytest.mark.parametrize(
    ("closed_by", "expected"),
    [
        (["resolved"], REPLY),
        (["resolved", "saved"], [("Reply to “Is it?”: Yes.", [])]),
        (["resolved", "published"], [("Reply to “Is it?”: Yes.", [])]),
        (["DELETE"], [("Reply to “Is it?”: Yes.", [])]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value[0], str) else "",
)
def test_reply_to_a_closed_thread_is_kept(
    admin_client: Client,
    page: StandardPage,
    comment: Comment,
    closed_by: list[str],
    expected: list,
) -> None:
    answer = form_of(comment, "Yes.")
    colleague = Client()
    colleague.force_login(comment.user)
    comment.user.is_superuser = True
    comment.user.save()
    save(colleague, page, "", form_of(comment, **{closed_by[0]: "on"}))
    for step in closed_by[1:]:
        save(colleague, page, "action-publish" if step == "published" else "")

    save(admin_client, page, "action-publish" if page.live else "", answer)
    shown = latest_revision(page).wagtail_admin_comments.all()
    assert [(each.text, [reply.text for reply in each.replies.all()]) for each in shown] == expected
    assert all(not each.resolved_at and not each.resolved_by for each in shown)


@pytest.mark.parametrize(
    ("changed", "open_again"), [("", False), ("comment", True), ("reply", True)]
)
def test_only_a_changed_text_opens_a_thread_again(
    admin_client: Client,
    admin_user: User,
    page: StandardPage,
    comment: Comment,
    changed: str,
    open_again: bool,
) -> None:
    comment.user = admin_user
    comment.save()
    reply = CommentReply.objects.create(comment=comment, user=admin_user, text="No.")
    save(admin_client, page, "", form_of(comment, resolved="on"))
    values: dict[str, Any] = {"text": "Is it so?"} if changed == "comment" else {}
    if changed == "reply":
        values["replies"] = inline_formset([{"id": reply.pk, "text": "Yes."}], initial=1)
    save(admin_client, page, "", form_of(comment, **values))
    assert latest_revision(page).wagtail_admin_comments.exists() == open_again
