"""Comments that a colleague deleted while the page was open in another window.

The form still sends them. Wagtail refuses it then, without a reason, as often as it is sent.
"""

import re
from typing import Any

from wagtail.models import CommentReply


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
