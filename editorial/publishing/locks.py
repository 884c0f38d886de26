"""Keeps a page that somebody locked from being deleted or moved by others."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.locks import BaseLock, BasicLock, ScheduledForPublishLock, WorkflowLock
from wagtail.models import Page

User = AbstractUser | AnonymousUser


def lock_for(page: Page, user: User) -> BaseLock | None:
    """The lock that keeps this user from changing the page."""
    lock = page.get_lock()
    if isinstance(lock, ScheduledForPublishLock) and page.locked:
        # Wagtail names only the schedule.
        lock = BasicLock(page)
    return lock if lock and lock.for_user(user) else None


def lock_sentences(pages: Iterable[Page], user: User, *, schedules: bool = False) -> list[str]:
    """Sentences about the pages that somebody else locked.

    With `schedules`, also about pages with a scheduled version, which nobody may edit.
    """
    found = [(page, lock) for page in pages if (lock := lock_for(page, user))]
    return [
        _sentence(page.specific_deferred.get_admin_display_title(), lock)
        for page, lock in found
        if schedules or not isinstance(lock, ScheduledForPublishLock)
    ]


def _sentence(title: str, lock: BaseLock) -> str:
    values = {"title": title}
    if isinstance(lock, ScheduledForPublishLock):
        sentence = gettext("A new version of “%(title)s” is scheduled. Cancel its schedule first.")
    elif isinstance(lock, WorkflowLock):
        sentence = gettext("“%(title)s” waits for an approval.")
    elif locked_by := lock.object.locked_by:
        values["user"] = locked_by.get_full_name() or locked_by.get_username()
        sentence = gettext("%(user)s locked “%(title)s”.")
    else:
        sentence = gettext("“%(title)s” is locked.")
    return sentence % values


def reasons_not_to_delete(page: Page, user: User) -> list[str]:
    """Locks of the page and of the pages below it, which would be deleted too."""
    pages = page.get_descendants(inclusive=True).prefetch_workflow_states()
    return lock_sentences(pages.annotate_approved_schedule(), user)


def reasons_not_to_move(page: Page, user: User) -> list[str]:
    """Locks of the page. Pages below it stay as they are."""
    return lock_sentences([page], user)


def before_delete_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    reasons = reasons_not_to_delete(page, request.user)
    return _refuse(request, page, gettext("“%(title)s” was not deleted. %(reasons)s"), reasons)


def before_move_page(request: HttpRequest, page: Page, destination: Page) -> HttpResponse | None:
    reasons = reasons_not_to_move(page, request.user)
    return _refuse(request, page, gettext("“%(title)s” was not moved. %(reasons)s"), reasons)


def _refuse(
    request: HttpRequest, page: Page, sentence: str, reasons: list[str]
) -> HttpResponse | None:
    if not reasons:
        return None
    names = {"title": page.get_admin_display_title(), "reasons": " ".join(reasons)}
    messages.error(request, sentence % names)
    return redirect("wagtailadmin_explore", page.get_parent().pk)
