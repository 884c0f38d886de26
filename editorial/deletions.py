"""What is lost with an object that is deleted, in sentences for the page that asks whether to."""

from functools import singledispatch

from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext, ngettext
from wagtail.models import Comment, CommentReply, Page, Task

from consent.models import ConsentRecord
from editorial.stigmatizing_language import Wording
from staff.models import User


@singledispatch
def losses(instance: Model) -> list[str]:
    """Register a function for each model whose deletion changes something elsewhere."""
    return []


@losses.register
def _losses_of_user(user: User) -> list[str]:
    records = ConsentRecord.objects.filter(steward=user)
    comments = Comment.objects.filter(user=user).count()
    comments += CommentReply.objects.filter(user=user).count()
    locked = Page.objects.filter(locked_by=user).count()
    found = [
        (
            ngettext(
                "This person is the steward of %(count)d consent record: %(names)s. Nobody is "
                "told before this consent ends. Choose another steward first.",
                "This person is the steward of %(count)d consent records: %(names)s. Nobody is "
                "told before these consents end. Choose another steward first.",
                len(records),
            ),
            len(records),
        ),
        (
            ngettext(
                "%(count)d comment or reply by this person is deleted too.",
                "%(count)d comments and replies by this person are deleted too.",
                comments,
            ),
            comments,
        ),
        (
            ngettext(
                "%(count)d page that this person locked is unlocked.",
                "%(count)d pages that this person locked are unlocked.",
                locked,
            ),
            locked,
        ),
    ]
    names = ", ".join(map(str, records))
    sentences = [text % {"count": count, "names": names} for text, count in found if count]
    return [
        *sentences,
        gettext(
            "To keep everything, clear the box “Active” in the form of the account instead. Then "
            "nobody can log in with it."
        ),
    ]


@losses.register
def _losses_of_group(group: Group) -> list[str]:
    tasks = [task for task in Task.objects.filter(active=True).specific() if _is_left(task, group)]
    if not tasks:
        return []
    names = ", ".join(gettext("“%(title)s”") % {"title": task.name} for task in tasks)
    sentence = gettext(
        "Only members of this group approve these steps of workflows: %(tasks)s. Then only "
        "administrators can. Choose another group for them first."
    )
    return [sentence % {"tasks": names}]


def _is_left(task: Task, group: Group) -> bool:
    """Whether nobody but administrators can approve this step without the group."""
    groups = getattr(task, "groups", None)
    return groups is not None and set(groups.all()) == {group}


@losses.register
def _losses_of_wording(wording: Wording) -> list[str]:
    return [gettext("The checks of pages no longer mark this word.")]


@receiver(pre_delete, sender=User)
def unlock_pages(instance: User, **kwargs: object) -> None:
    """Without this, the pages stay locked, and nobody knows by whom."""
    Page.objects.filter(locked_by=instance).update(locked=False, locked_at=None, locked_by=None)
