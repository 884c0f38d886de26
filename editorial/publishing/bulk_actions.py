"""Bulk actions on pages leave out pages that must stay as they are, and say why."""

from collections.abc import Sequence
from typing import cast

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from wagtail.admin import messages
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.views.pages.bulk_actions import delete, move
from wagtail.models import Page

from editorial.publishing.aliases import how_to_publish_again, is_down_by_itself
from editorial.publishing.locks import (
    lock_sentence,
    reasons_not_to_delete,
    reasons_not_to_move,
)
from editorial.publishing.permissions import Permissions
from editorial.publishing.refusals import show_refusal
from editorial.publishing.rules import publishing_error_messages

User = AbstractUser | AnonymousUser


class DeleteBulkAction(delete.DeleteBulkAction):
    def check_perm(self, page: Page) -> bool:
        return super().check_perm(page) and not reasons_not_to_delete(page, self.request.user)


class MoveBulkAction(move.MoveBulkAction):
    def check_perm(self, page: Page) -> bool:
        return super().check_perm(page) and not reasons_not_to_move(page, self.request.user)


def reason_left_out(page: Page, user: User, action_type: str) -> str:
    """Why a bulk action leaves out this page."""
    permissions = page.permissions_for_user(user)
    if action_type == "publish":
        reason = permissions.reason_not_to_publish() if isinstance(permissions, Permissions) else ""
        return reason or gettext("You may not publish this page.")
    if action_type == "unpublish":
        if not page.live:
            return gettext("It is not public.")
        locked = lock_sentence(page, user, schedules=True)
        return locked or gettext("You may not unpublish this page.")
    if action_type == "delete":
        return " ".join(reasons_not_to_delete(page, user)) or gettext(
            "You may not delete this page."
        )
    return " ".join(reasons_not_to_move(page, user)) or gettext("You may not move this page.")


def before_bulk_action(
    request: HttpRequest, action_type: str, objects: list, action: BulkAction
) -> HttpResponse | None:
    """Leave out what must stay, and say why. Wagtail acts on what is left in `objects`."""
    if not issubclass(action.get_default_model(), Page):
        return None
    _found, others = action.get_actionable_objects()
    for page in others["items_with_no_access"]:
        say_left_out(request, page, action_type)
    # Wagtail includes descendants silently, and counts those that are only scheduled as published.
    # So they are added to the objects here.
    includes_below = action.cleaned_form.cleaned_data.pop("include_descendants", False)
    action.cleaned_form.cleaned_data["include_descendants"] = False
    if action_type == "publish":
        objects[:] = _to_publish(request, objects, includes_below=includes_below)
    elif action_type == "unpublish":
        if includes_below:
            objects[:] = _with_live_pages_below(request, objects)
        _say_how_aliases_go_live(request, objects)
    elif action_type == "delete":
        # Pages below another one are deleted and counted with it.
        objects[:] = [
            page for page in objects if not any(page.is_descendant_of(each) for each in objects)
        ]
    return None if objects else redirect(action.next_url)


SENTENCES = {
    "delete": gettext_noop("“%(title)s” was not deleted. %(reasons)s"),
    "move": gettext_noop("“%(title)s” was not moved. %(reasons)s"),
    "publish": gettext_noop("“%(title)s” was not published. %(reasons)s"),
    "unpublish": gettext_noop("“%(title)s” was not unpublished. %(reasons)s"),
}


def say_left_out(request: HttpRequest, page: Page, action_type: str) -> None:
    _refuse(request, page, action_type, [reason_left_out(page, request.user, action_type)])


def _refuse(request: HttpRequest, page: Page, action_type: str, reasons: list[str]) -> None:
    values = {"title": _title(page), "reasons": " ".join(reasons)}
    sentence = gettext(SENTENCES[action_type]) % values
    if action_type == "publish":
        show_refusal(request, sentence, cast("Page", page.get_latest_revision_as_object()))
    else:
        messages.error(request, sentence)


def _title(page: Page) -> str:
    return page.specific_deferred.get_admin_display_title()


def _with_live_pages_below(request: HttpRequest, pages: list[Page]) -> list[Page]:
    found = list(pages)
    for page in pages:
        for below in page.get_descendants().live().specific(defer=True):
            if below in found:
                continue
            if below.permissions_for_user(request.user).can_unpublish():
                found.append(below)
            else:
                say_left_out(request, below, "unpublish")
    return found


def _say_how_aliases_go_live(request: HttpRequest, pages: list[Page]) -> None:
    unpublished = {page.pk for page in pages}
    for page in pages:
        original = page.alias_of_id  # type: ignore[attr-defined]
        if original and original not in unpublished:
            alias = gettext("“%(title)s” is an alias.") % {"title": _title(page)}
            messages.info(request, f"{alias} {how_to_publish_again()}")


def _to_publish(request: HttpRequest, pages: Sequence[Page], *, includes_below: bool) -> list[Page]:
    """The pages that Wagtail shall publish now. Scheduled ones are scheduled here."""
    user = request.user
    found: list[Page] = []
    for page in pages:
        found_below = page.get_descendants().not_live().specific() if includes_below else []
        drafts = [draft for draft in found_below if not is_down_by_itself(draft)]
        refused = [draft for draft in drafts if not draft.permissions_for_user(user).can_publish()]
        below = [draft for draft in drafts if draft not in refused]
        scheduled = [each for each in (page, *below) if _is_scheduled(each)]
        # The drafts below a scheduled page must not be public before it.
        staying = [
            draft
            for draft in below
            if draft not in scheduled and any(map(draft.is_descendant_of, scheduled))
        ]
        chosen = [page, *(draft for draft in below if draft not in staying)]
        reasons = [
            why if each is page else f"{each.title}: {why}"
            for each in chosen
            for why in _errors_of_draft(each, user)
        ]
        if reasons:
            _refuse(request, page, "publish", reasons)
            continue
        for draft in refused:
            say_left_out(request, draft, "publish")
        for alias in found_below:
            if alias not in drafts:
                _refuse(request, alias, "publish", _errors_of_draft(alias, user))
        for each in scheduled:
            _schedule(request, each, [draft for draft in staying if draft.is_descendant_of(each)])
        found += [each for each in chosen if each not in scheduled and each not in found]
    return found


def _errors_of_draft(page: Page, user: User) -> list[str]:
    if page.alias_of_id:  # type: ignore[attr-defined]  # an alias has no draft
        if is_down_by_itself(page):
            unpublished = gettext("It is an alias that was unpublished.")
            return [f"{unpublished} {how_to_publish_again()}"]
        return [gettext("It is an alias, and goes live with its original.")]
    # A schedule locks a page for everybody, but its time stays the same.
    if locked := lock_sentence(page, user):
        return [locked]
    return publishing_error_messages(cast("Page", page.get_latest_revision_as_object()))


def _is_scheduled(page: Page) -> bool:
    revision = page.get_latest_revision()
    go_live_at = revision and revision.as_object().go_live_at
    return bool(go_live_at and go_live_at > timezone.now())


def _schedule(request: HttpRequest, page: Page, staying: list[Page]) -> None:
    page.get_latest_revision().publish(user=request.user)
    sentence = gettext("“%(title)s” will be published at the scheduled time.")
    messages.success(request, sentence % {"title": _title(page)})
    if staying:
        sentence = gettext(
            "These pages below “%(title)s” stay drafts: %(pages)s. Publish or schedule each one."
        )
        names = ", ".join(gettext("“%(title)s”") % {"title": _title(draft)} for draft in staying)
        messages.warning(request, sentence % {"title": _title(page), "pages": names})
