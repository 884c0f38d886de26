"""Comments with the URL or the words of a withdrawn story, on other pages."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.utils import timezone
from wagtail.models import Comment, CommentReply, PageLogEntry

from consent import text_search, withdrawal
from mission.models import HomePage, StandardPage
from staff.models import User
from stories.models import StoryPage
from tests import factories
from tests.consent.screens import steward

WORDS = "She said that the door was open."
URL = "http://testserver/stories/niñez/"


def administrator() -> User:
    return factories.UserFactory(is_superuser=True)


@pytest.fixture
def page(home: HomePage, story: StoryPage) -> StandardPage:
    """A page with two revisions. The slug of the story gets an accent."""
    story.slug = "niñez"
    story.save_revision().publish()
    page = factories.StandardPageFactory(parent=home, title="About us")
    for summary in ("Earlier", "Now"):
        page.summary = summary
        page.save_revision().publish()
    return page


def add_comment(page: StandardPage, text: str, reply: str = "", *, is_resolved: bool) -> Comment:
    user = administrator()
    comment = Comment.objects.create(
        page=page,
        user=user,
        text=text,
        contentpath="title",
        revision_created=page.revisions.first(),
        resolved_at=timezone.now() if is_resolved else None,
    )
    if reply:
        CommentReply.objects.create(comment=comment, user=user, text=reply)
    comment.log_create(user=user)
    return comment


@pytest.mark.parametrize(
    ("text", "reply"),
    [(f"See {URL}", ""), ("Why?", f"See {URL}"), (f"See /share?u={quote(URL, safe='')}", "")],
)
def test_comment_with_the_url_is_listed_as_a_use_and_kept(
    page: StandardPage, story: StoryPage, text: str, reply: str
) -> None:
    comment = add_comment(page, text, reply, is_resolved=False)
    plan = withdrawal.make_plan([story.consent])
    assert [(use.content_object, use.places) for use in plan.uses] == [(page, ["Comment"])]
    withdrawal.withdraw(plan)
    assert page.revisions.count() == 1
    comment.refresh_from_db()
    assert comment.text == text


def test_comment_with_the_words_is_found(page: StandardPage, story: StoryPage) -> None:
    add_comment(page, "Why?", f"“{WORDS}”", is_resolved=False)
    (match,) = text_search.find([WORDS])
    assert (match.content_object, match.is_current) == (page, True)


@pytest.mark.parametrize("text", [f"See {URL}", "“The door – was open”"])
@pytest.mark.parametrize(("user", "is_erased"), [(administrator, True), (steward, False)])
def test_resolved_comment_and_log_are_erased_by_administrators_but_not_stewards(
    page: StandardPage, story: StoryPage, text: str, user: Callable, is_erased: bool
) -> None:
    add_comment(page, text, is_resolved=True)
    add_comment(page, "Nothing", is_resolved=True)
    assert text_search.find([text], exclude=[story]) == []
    plan = withdrawal.make_plan([story.consent])
    assert [*plan.uses, *plan.matches] == []
    withdrawal.withdraw(plan, user())
    kept = ["Nothing"] if is_erased else [text, "Nothing"]
    assert sorted(Comment.objects.values_list("text", flat=True)) == sorted(kept)
    logged = PageLogEntry.objects.filter(page=page.pk, action="wagtail.comments.create")
    texts = [entry.data["comment"]["text"] for entry in logged if entry.data]
    assert sorted(texts) == sorted(kept)
