"""Comments that a colleague deleted while the page was open in another window.

The form still sends them. Wagtail refuses it then, without a reason, as often as it is sent.
"""

import re

from django.forms import BaseModelFormSet
from wagtail.models import CommentReply


def ignore_deleted_comments(comments: BaseModelFormSet) -> None:
    """Treats comments and replies that do not exist any more as deleted in this form, too."""
    known = {str(comment.pk) for comment in comments.queryset}
    replies = CommentReply.objects.filter(comment__in=known).values_list("pk", flat=True)
    known_replies = {str(pk) for pk in replies}
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
