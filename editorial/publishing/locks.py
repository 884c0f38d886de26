"""Keeps a page that somebody locked from being deleted or moved by others."""

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


def lock_sentence(page: Page, user: User, *, schedules: bool = False) -> str:
    """Who or what locked the page for this user; empty if nobody did.

    With `schedules`, also for a page with a scheduled version, which nobody may edit.
    """
    lock = lock_for(page, user)
    if not lock:
        return ""
    if isinstance(lock, ScheduledForPublishLock):
        sentence = gettext("A new version of it is scheduled. Cancel its schedule first.")
        return sentence if schedules else ""
    if isinstance(lock, WorkflowLock):
        return gettext("It waits for an approval.")
    if keeper := page.locked_by:
        return gettext("%(user)s locked it.") % {
            "user": keeper.get_full_name() or keeper.get_username()
        }
    return gettext("It is locked.")


def reasons_not_to_delete(page: Page, user: User) -> list[str]:
    """Locks of the page and of the pages below it, which would be deleted too."""
    tree = page.get_descendants(inclusive=True).prefetch_workflow_states()
    found = ((each, lock_sentence(each, user)) for each in tree.annotate_approved_schedule())
    return [
        why if each.pk == page.pk else f"{each.specific_deferred.get_admin_display_title()}: {why}"
        for each, why in found
        if why
    ]


def reasons_not_to_move(page: Page, user: User) -> list[str]:
    """Locks of the page. Those of pages below it do not matter: their content does not change."""
    return list(filter(None, [lock_sentence(page, user)]))


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
