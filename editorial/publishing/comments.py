"""Comments in the form of a page.

The form still sends comments that a colleague deleted while the page was open in another window.
Wagtail refuses it then, without a reason, as often as it is sent.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wagtail.models import CommentReply, Page


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
