"""Comments on removed blocks are kept, and shown again with the block."""

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Comment, CommentReply, PageLogEntry
from wagtail.test.utils.form_data import inline_formset, streamfield

from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.editorial.test_drafts import latest_revision, send


def claim(statement: str, pk: str) -> dict[str, Any]:
    return {"type": "claim", "value": {"statement": statement, "source": "A report"}, "id": pk}


@pytest.fixture(params=[False, True], ids=["draft", "live"])
def page(request: pytest.FixtureRequest, home: HomePage) -> StandardPage:
    page = factories.StandardPageFactory(
        parent=home,
        title="Page",
        slug="page",
        live=request.param,
        body=[claim("Keep", "a" * 36), claim("Remove", "b" * 36)],
    )
    page.save_revision()
    return page


def comment_on(page: StandardPage, path: str) -> Comment:
    user = factories.UserFactory()
    comment = Comment.objects.create(page=page, user=user, text="Check this.", contentpath=path)
    CommentReply.objects.create(comment=comment, user=user, text="Yes.")
    return comment


def save(client: Client, page: StandardPage, numbers: str, *forms: dict) -> None:
    """Save the page with its blocks of these `numbers`, and with `forms` of comments."""
    body = streamfield([("claim", {"statement": "So", "source": "A report"}) for _ in numbers])
    for position, number in enumerate(numbers):
        body[f"{position}"]["id"] = number * 36
    comments = inline_formset(list(forms), initial=len(forms))
    response = send(client, page, body=body, comments=comments)
    assert response.status_code == 302


def form_of(comment: Comment, **values: object) -> dict:
    replies = inline_formset(
        [{"id": reply.pk, "text": reply.text} for reply in comment.replies.all()], initial=1
    )
    fields = {"id": comment.pk, "text": comment.text, "contentpath": comment.contentpath}
    return {**fields, "position": "", "replies": replies, **values}


def test_comment_on_a_removed_block_is_kept_and_comes_back(
    admin_client: Client, page: StandardPage
) -> None:
    comment = comment_on(page, f"body.{'b' * 36}.statement")
    save(admin_client, page, "a", form_of(comment, resolved="on"))
    for _ in range(2):
        save(admin_client, page, "a")
        assert not Comment.objects.get(pk=comment.pk).resolved_at
    assert not PageLogEntry.objects.filter(action__startswith="wagtail.comments").exists()
    save(admin_client, page, "ab", form_of(comment))
    [shown] = latest_revision(page).wagtail_admin_comments.all()
    assert shown == comment
    assert shown.replies.count() == 1


@pytest.mark.parametrize(
    ("blocks", "values", "left"),
    [("ab", {"resolved": "on"}, "resolved"), ("a", {"DELETE": "on"}, "deleted")],
)
def test_comment_is_resolved_or_deleted_only_by_its_own_button(
    admin_client: Client,
    admin_user: User,
    page: StandardPage,
    blocks: str,
    values: dict,
    left: str,
) -> None:
    comment = comment_on(page, f"body.{'b' * 36}.statement")
    Comment.objects.update(user=admin_user)
    save(admin_client, page, blocks, form_of(comment, **values))
    found = Comment.objects.filter(pk=comment.pk).first()
    assert left == ("deleted" if found is None else "resolved" if found.resolved_at else "open")
