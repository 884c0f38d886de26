"""Comments in the form of a page.

The form still sends comments that a colleague deleted while the page was open in another window.
Wagtail refuses it then, without a reason, as often as it is sent. A reply to a comment that was
resolved or deleted meanwhile is kept.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.utils.text import Truncator
from django.utils.translation import gettext
from wagtail.models import Comment, CommentReply, Page


def keep_replies(comments: Any, page: Page, user: AbstractUser) -> None:
    """Keeps what `user` wrote in threads that are not open any more.

    A resolved thread is opened again. Wagtail deletes such a thread at the next save. Then, or if a
    colleague deleted it, the replies become a new comment that quotes the old one.
    """
    if not comments.data.get(f"{comments.prefix}-TOTAL_FORMS", "").isdigit():
        return  # Wagtail leaves the comments out of a form without this
    threads: Any = page.wagtail_admin_comments  # type: ignore[attr-defined]
    open_ones = {str(comment.pk) for comment in threads.all()}
    row = re.compile(rf"({re.escape(comments.prefix)}-\d+)-id")
    for name, pk in list(comments.data.items()):
        found = row.fullmatch(name)
        if not found or not pk.isdigit() or pk in open_ones:
            continue
        form = found[1]
        if comments.data.get(f"{form}-DELETE"):
            continue
        replies = _new_replies(comments.data, form)
        if comment := Comment.objects.filter(page=page.pk, pk=pk).first():
            if replies or _has_changed_text(comments.data, form, comment, user):
                threads.add(comment)  # saved as open, unless it is resolved now
        elif replies:
            comments.data = comments.data.copy()
            _add_comment(comments.data, comments.prefix, form, replies)


def _new_replies(data: Any, form: str) -> list[str]:
    text = re.compile(rf"({re.escape(form)}-replies-\d+)-text")
    return [
        value.strip()
        for name, value in data.items()
        if value.strip()
        and (found := text.fullmatch(name))
        and not data.get(f"{found[1]}-id")
        and not data.get(f"{found[1]}-DELETE")
    ]


def _has_changed_text(data: Any, form: str, comment: Comment, user: AbstractUser) -> bool:
    """Whether the form has another text of a comment or reply of `user` in this thread."""
    texts = {form: comment.text} if comment.user == user else {}
    replies = {str(reply.pk): reply.text for reply in comment.replies.filter(user=user.pk)}
    row = re.compile(rf"({re.escape(form)}-replies-\d+)-id")
    for name, pk in data.items():
        if pk in replies and (found := row.fullmatch(name)):
            texts[found[1]] = replies[pk]
    # Browsers change line breaks.
    return any(data.get(f"{row}-text", "").split() != text.split() for row, text in texts.items())


def _add_comment(data: Any, prefix: str, form: str, replies: list[str]) -> None:
    words = {
        "comment": Truncator(data.get(f"{form}-text", "")).chars(100),
        "reply": "\n".join(replies),
    }
    count = int(data[f"{prefix}-TOTAL_FORMS"])
    added = f"{prefix}-{count}"
    data[f"{added}-text"] = gettext("Reply to “%(comment)s”: %(reply)s") % words
    for name in ("contentpath", "position"):
        data[f"{added}-{name}"] = data.get(f"{form}-{name}", "")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
        data[f"{added}-replies-{name}"] = "0"
    data[f"{prefix}-TOTAL_FORMS"] = str(count + 1)


def ignore_deleted_comments(comments: Any) -> None:
    """Treats comments and replies that do not exist any more as deleted in this formset, too."""
    known = {str(comment.pk) for comment in comments.queryset}
    replies = CommentReply.objects.filter(comment_id__in=known)
    known_replies = {str(pk) for pk in replies.values_list("pk", flat=True)}
    row = re.compile(rf"({re.escape(comments.prefix)}-\d+(-replies-\d+)?)-id")
    deleted = [
        found[1]
        for name, value in comments.data.items()
        if value and (found := row.fullmatch(name))
        if value not in (known_replies if found[2] else known)
    ]
    if deleted:
        comments.data = comments.data.copy()
        for name in deleted:
            comments.data[f"{name}-id"] = ""
            comments.data[f"{name}-DELETE"] = "on"


@contextmanager
def kept_on_removed_blocks(comments: Any, page: Page) -> Iterator[None]:
    """While the page is saved, keeps open the comments on blocks that the user removed.

    The editor resolves them, and Wagtail deletes resolved comments at the next save. Kept open,
    they are shown again when the block is back, by “Undo” or from an earlier version.
    """
    kept = [
        form
        for form in (comments.initial_forms if comments else [])
        if form.cleaned_data.get("resolved") and not form.instance.has_valid_contentpath(page)
    ]
    for form in kept:
        form.cleaned_data["resolved"] = False
        form.changed_data.remove("resolved")
    yield
    for form in kept:
        form.cleaned_data["resolved"] = True  # so the editor does not show it
