"""Changes consent records: checks permissions, rejects outdated forms, logs each change."""

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry

from consent.expiry import take_down
from consent.mixins import read_record
from consent.models import PICTURES_NEED_CONSENT, ConsentRecord, Scope, Shown
from consent.registry import items_of
from consent.signals import consent_changed
from staff.models import User

# The fields that everyone who may edit a page or picture may narrow.
NARROWING_FIELDS = (*(f"for_{scope}" for scope in Scope.values), "may_be_named", "expires_on")
# The fields that users may change when they say who is shown in a picture.
ANSWER_FIELDS = {"shown", *(f"for_{scope}" for scope in Scope.values)}
ACTION = "consent.change"  # the log action of every change to a record


class StricterCopy(PermissionDenied):
    """The answer to “who is shown” would allow more than the record of a copy of the picture.

    The copy is another upload of the same picture, which may have been deleted.
    """


class OutdatedForm(Exception):
    """The record has changed since the form was opened. `record` is its present state."""

    def __init__(self, record: ConsentRecord) -> None:
        super().__init__(record)
        self.record = record


def may_change(user: AbstractUser | AnonymousUser) -> bool:
    """Whether `user` may widen and renew consent, as story stewards and administrators may."""
    return user.has_perm("consent.change_consentrecord")


def may_narrow(user: AbstractUser | AnonymousUser, record: ConsentRecord) -> bool:
    """Whether `user` may edit a page or picture of this record, and therefore narrow it."""
    return may_change(user) or any(item.may_be_edited_by(user) for item in items_of(record))


def may_approve_child(user: AbstractUser | AnonymousUser) -> bool:
    return user.is_superuser


def narrows(old: ConsentRecord, new: ConsentRecord) -> bool:
    """Whether `new` allows nothing that `old` does not allow, in any scope on any day."""
    # What a record allows changes only on these days, so it is enough to compare these days and the
    # days before them.
    dates = {old.given_on, new.given_on, old.expires_on, new.expires_on}
    change_days = [day for day in dates if day] or [localdate()]
    days = {*change_days, *(day - timedelta(days=1) for day in change_days)}
    return new.may_be_named <= old.may_be_named and not any(
        new.is_displayable(scope, is_story=is_story, on=day)
        and not old.is_displayable(scope, is_story=is_story, on=day)
        for scope in Scope.values
        for is_story in (False, True)
        for day in days
    )


def change(
    pk: int,
    values: Mapping[str, Any],
    *,
    seen: str,
    user: User | None,
    approves_child: bool | None = None,
) -> ConsentRecord:
    """Save new `values` of some fields, and take down at once what the record no longer allows.

    `seen` is the `digest` of the record that the user saw. `approves_child` says whether showing
    the child is approved; None leaves the approval as it is. Without a `user`, the operator of the
    server makes the change. The operator may change everything, but not approve showing a child.

    Raises these errors:

    - OutdatedForm: the record has changed since the user saw it.
    - WithdrawnMeanwhile: the record no longer exists.
    - PermissionDenied: the user may not make this change.
    - ValidationError: a value is not valid.
    """
    with transaction.atomic():
        old = read_record(pk, lock=True)
        if old.digest != seen:
            raise OutdatedForm(old)
        new = copy(old)
        for name, value in values.items():
            setattr(new, name, value)
        _approve(new, user, approves_child)
        changes = differences(old, new)
        if not changes:
            return old
        _check_permission(user, old, new, set(changes))
        new.full_clean()
        new.save()
        log(instance=new, action=ACTION, user=user, data={"changes": changes})
        if new.shown and "shown" in changes and user and may_change(user):
            _forget_stricter_answers(new)
        transaction.on_commit(partial(_after_commit, new, user))
    return new


def answer_who_is_shown(
    record: ConsentRecord, shown: str, user: User, *, is_new: bool
) -> ConsentRecord:
    """Save who is shown in a picture.

    If nobody has to agree, the picture gets every scope, unless somebody has narrowed its record.

    `is_new` says whether the same form also uploads the file.

    Raises the errors of `change`, and StricterCopy if the record of a copy allows less than this
    answer. In that case only users who may widen consent may give the answer, and not in the form
    that uploads the file.
    """
    if is_new or not may_change(user):
        if has_stricter_copy(record, shown):
            raise StricterCopy(
                gettext(
                    "The same picture exists already, with its own consent record. Use that "
                    "picture. This one stays off the site until a story steward says who is "
                    "shown in it."
                )
            )
        if had_stricter_copy(record, shown):
            raise StricterCopy(
                gettext(
                    "The same picture was uploaded before, and its consent record allowed less. "
                    "This one stays off the site until a story steward says who is shown in it."
                )
            )
    values: dict[str, Any] = {"shown": shown}
    if shown not in PICTURES_NEED_CONSENT and not was_narrowed(record):
        values |= {f"for_{scope}": True for scope in Scope.values}
    return change(record.pk, values, seen=record.digest, user=user)


def has_stricter_copy(record: ConsentRecord, shown: str) -> bool:
    """Whether the record of a copy of the picture allows less than the answer `shown`."""
    return any(
        _is_stricter(copy.record, shown) for item in items_of(record) for copy in item.near_copies()
    )


def had_stricter_copy(record: ConsentRecord, shown: str) -> bool:
    """Like has_stricter_copy, but for copies that were deleted or have another file now."""
    return any(
        _is_stricter(copy.record, shown)
        for item in items_of(record)
        for copy in item.former_copies()
    )


def _is_stricter(record: ConsentRecord, shown: str) -> bool:
    """Whether `record` allows less than a new record with the answer `shown`."""
    degrees = ["", *Shown.values]  # each is stricter than those before it
    if degrees.index(record.shown) > degrees.index(shown):
        return True
    may_be_shown = shown not in PICTURES_NEED_CONSENT
    if not record.shown:  # the copy has no answer yet
        return may_be_shown and was_narrowed(record)
    return may_be_shown and not all(getattr(record, f"for_{scope}") for scope in Scope.values)


def was_narrowed(record: ConsentRecord) -> bool:
    """Whether a record was narrowed before anyone said who is shown. Any logged change counts."""
    entries = log_registry.get_logs_for_instance(record).filter(action=ACTION)
    return not record.for_site or entries.exists()


def _forget_stricter_answers(record: ConsentRecord) -> None:
    """Delete stricter former answers about the same files, because a steward has corrected them.

    Answers about files that only look the same are kept: they may show somebody else.
    """
    if record.shown in PICTURES_NEED_CONSENT:
        return
    for item in items_of(record):
        for former in item.former_copies():
            if former.has_same_file(item) and _is_stricter(former.record, record.shown):
                former.delete()


def _after_commit(record: ConsentRecord, user: User | None) -> None:
    take_down(user, consent=record)
    consent_changed.send(ConsentRecord, record=record)


def _approve(record: ConsentRecord, user: User | None, approves_child: bool | None) -> None:
    if record.shown != Shown.CHILD or approves_child is False:
        record.child_approved_by = record.child_approved_at = None
    elif approves_child and not record.child_approved_at:
        if not (user and may_approve_child(user)):
            raise PermissionDenied(gettext("Only an administrator may approve showing a child."))
        record.child_approved_by, record.child_approved_at = user, timezone.now()


def differences(old: ConsentRecord, new: ConsentRecord) -> dict[str, list]:
    """The changed fields with their old and new values, as the history stores them."""
    return {
        field.name: [before, after]
        for field in ConsentRecord._meta.concrete_fields
        if (before := field.value_from_object(old)) != (after := field.value_from_object(new))
    }


def _denies_child(old: ConsentRecord, new: ConsentRecord) -> bool:
    """Whether the change says that the person shown is not a child, or not a real child.

    It does if `new` says so, but `old` or the record of an existing or deleted copy says that a
    child is shown. It also does if `new` is an illustration of a child.
    """
    if (old.shown, old.needed()) == (new.shown, new.needed()) or _is_real_child(new):
        return False
    if Shown.CHILD in (old.shown, new.shown):
        return True
    return bool(new.shown) and any(
        _is_real_child(copy.record)
        for item in items_of(new)
        for copy in (*item.near_copies(), *item.former_copies())
    )


def _is_real_child(record: ConsentRecord) -> bool:
    return record.shown == Shown.CHILD and record.needed()


def _check_permission(
    user: User | None, old: ConsentRecord, new: ConsentRecord, changed: set[str]
) -> None:
    """Raise PermissionDenied unless `user` may make this change."""
    if user and _denies_child(old, new) and not may_approve_child(user):
        raise PermissionDenied(
            gettext(
                "Only an administrator may say that the person shown is not a child, or not a real "
                "person."
            )
        )
    if user is None or may_change(user):
        return
    if not may_narrow(user, old):
        raise PermissionDenied(gettext("You may not change this consent."))
    answer_fields = {"shown"} if was_narrowed(old) else ANSWER_FIELDS
    is_answer = "shown" in changed and changed <= answer_fields and not old.shown
    if is_answer and not any(item.is_story for item in items_of(old)):
        return  # everyone who uploads a picture may say who is shown
    narrowing = {*NARROWING_FIELDS, "child_approved_by", "child_approved_at"}
    # An incomplete record allows nothing, so `narrows` does not notice a new scope or a later end.
    # Both would take effect when the record is completed.
    adds_scope = any(getattr(new, f"for_{scope}") > getattr(old, f"for_{scope}") for scope in Scope)
    ends_later = new.expires_on and (not old.expires_on or new.expires_on > old.expires_on)
    if adds_scope or ends_later or not changed <= narrowing or not narrows(old, new):
        raise PermissionDenied(
            gettext("Only a story steward or an administrator may widen or renew consent.")
        )
