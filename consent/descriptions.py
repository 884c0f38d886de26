"""Describes consent in words: what is agreed, what may be shown, and what a change did."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from consent.languages import language_in_sentence
from consent.mixins import HasConsent
from consent.models import Basis, ConsentRecord, Scope, Shown
from staff.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SOON = timedelta(days=180)  # consent that ends within this time counts as ending soon
# Names of the places from which a page or picture disappears when it loses a scope.
PLACES: dict[str, "StrOrPromise"] = {
    Scope.SITE: _("this site"),
    Scope.SOCIAL: _("social media"),
    Scope.PRINT: _("printouts and offline copies"),
    Scope.PRESS: _("press releases"),
}


def holds_story(items: Iterable[HasConsent]) -> bool:
    """Whether one of these items is a story. Stories need consent in more cases than pictures."""
    return any(item.is_story for item in items)


def user_name(user: AbstractUser | None) -> str:
    return user.get_full_name() or user.get_username() if user else "–"


def title_of(items: Iterable[HasConsent]) -> str:
    """The titles of the pages and pictures of one record, without duplicates."""
    return ", ".join(dict.fromkeys(item.title for item in items))  # type: ignore[attr-defined]


def describe_state(record: ConsentRecord, items: Collection[HasConsent]) -> str:
    """Whether the pages and pictures of a record may be shown on this site."""
    errors = (sentence for item in items for _field, sentence in item.display_errors())
    if reason := " ".join(dict.fromkeys(errors)):
        return gettext("Cannot be shown: %(reason)s") % {"reason": reason}
    if not record.needed(is_story=holds_story(items)):
        return gettext("May be shown. Nobody has to agree.")
    if record.expires_on and record.expires_on <= localdate() + SOON:
        return gettext("Ends on %(date)s") % {"date": date_format(record.expires_on)}
    return gettext("May be shown")


def describe_scopes(record: ConsentRecord) -> str:
    """Where pages and pictures of `record` may be shown, for example “on this site, in print”."""
    found = [str(scope.label) for scope in Scope if getattr(record, f"for_{scope}")]
    return ", ".join(found) or gettext("nowhere")


def facts(record: ConsentRecord, *, is_story: bool) -> list[tuple[str, str]]:
    """What is agreed: pairs of a label and a value."""
    is_answered = record.shown or record.basis == Basis.ILLUSTRATION
    found = [
        (gettext("Who is shown"), record.get_shown_display() or gettext("Not answered yet")),
        (
            gettext("May be shown"),
            describe_scopes(record) if is_answered else gettext("nowhere yet"),
        ),
    ]
    if not record.needed(is_story=is_story):
        return found
    basis = " ".join(filter(None, [record.get_basis_display(), record.form_reference]))
    found.append((gettext("Basis"), basis or "–"))
    if is_story:
        found.append((gettext("May be named"), in_words("may_be_named", record.may_be_named)))
    found += [
        (gettext("Given on"), in_words("given_on", record.given_on)),
        (gettext("Until"), in_words("expires_on", record.expires_on)),
        (gettext("Steward"), user_name(record.steward)),
    ]
    if record.shown == Shown.CHILD:
        at, by = record.child_approved_at, record.child_approved_by
        approved = f"{user_name(by)}, {date_format(at)}" if at else gettext("no")
        found.append((gettext("Showing this child is approved"), approved))
    return found


def publishing_requirements(record: ConsentRecord, *, is_story: bool) -> list[str]:
    """What `record` lacks before its pages and pictures can be published."""
    return [sentence for _field, sentence in record.publishing_errors(is_story=is_story)]


def describe_item(item: HasConsent) -> str:
    """The type of an item and what distinguishes it from its copies, such as its language."""
    notes = [item.type_name]
    if locale := getattr(item, "locale", None):
        notes.append(language_in_sentence(locale.language_code))
    if getattr(item, "alias_of_id", None):
        notes.append(gettext("alias"))
    if hasattr(item, "live"):
        notes.append(gettext("public") if item.live else gettext("draft"))
    return ", ".join(notes)


def describe_changes(changes: Mapping[str, Iterable]) -> str:
    """Old and new values in words, for example “on social media: yes → no”."""
    # Sort by the order of the model's fields: JSON in the database keeps no order.
    names = [field.name for field in ConsentRecord._meta.concrete_fields]
    return "; ".join(
        f"{label_of(name)}: {in_words(name, old)} → {in_words(name, new)}"
        for name, (old, new) in sorted(changes.items(), key=lambda item: names.index(item[0]))
        if name != "child_approved_by"  # already described by child_approved_at
    )


def describe_effect(
    before: ConsentRecord,
    after: ConsentRecord,
    changes: dict,
    counts: Mapping[str, int],
    items: Iterable[HasConsent],
    scheduled: Iterable[HasConsent],
) -> str:
    """Describe what a saved change did. `items` and `scheduled` are in the state before the change.

    `counts` maps each scope to the number of public pages that lose something without it.
    """
    if not changes:
        return gettext("Nothing was changed.")
    sentences, rest = [gettext("Saved.")], dict(changes)
    lost = [
        scope for scope in Scope if f"for_{scope}" in changes and not changes[f"for_{scope}"][1]
    ]
    for scope in lost:
        del rest[f"for_{scope}"]
    count = counts[Scope.SITE]
    if lost:
        on_pages = max(counts[scope] for scope in lost)
        places = get_text_list([str(PLACES[scope]) for scope in lost], gettext("and"))
        sentences.append(
            ngettext(
                "Removed from %(places)s: %(count)d page.",
                "Removed from %(places)s: %(count)d pages.",
                on_pages,
            )
            % {"places": places, "count": on_pages}
        )
    if Scope.SITE not in lost and _record_forbids(items, before, after):
        sentences.append(
            ngettext(
                "No longer shown: %(count)d page.",
                "No longer shown: %(count)d pages.",
                count,
            )
            % {"count": count}
        )
    # The record still allows these pages, so they are taken down because of the name in their text.
    elif Scope.SITE not in lost and (named := count_taken_down(items, before, after)):
        sentences.append(
            ngettext(
                "%(count)d page was taken down, because its text contains the name.",
                "%(count)d pages were taken down, because their text contains the name.",
                named,
            )
            % {"count": named}
        )
    if refused := count_refused(scheduled, before, after):
        sentences.append(
            ngettext(
                "%(count)d scheduled version will not go live.",
                "%(count)d scheduled versions will not go live.",
                refused,
            )
            % {"count": refused}
        )
    if rest:
        sentences.append(capfirst(describe_changes(rest)) + ".")
    return " ".join(sentences)


def count_taken_down(
    items: Iterable[HasConsent], before: ConsentRecord, after: ConsentRecord
) -> int:
    """The number of live `items` that `before` allows and `after` does not allow."""
    return count_refused((item for item in items if getattr(item, "live", False)), before, after)


def count_refused(items: Iterable[HasConsent], before: ConsentRecord, after: ConsentRecord) -> int:
    """The number of `items` that `before` allows and `after` does not allow."""
    return sum(_allows(before, item) and not _allows(after, item) for item in items)


def _allows(record: ConsentRecord, item: HasConsent) -> bool:
    item = copy(item)
    item.consent = record
    return item.is_displayable()


def _record_forbids(
    items: Iterable[HasConsent], before: ConsentRecord, after: ConsentRecord
) -> bool:
    """Whether `after` forbids what `before` allows, whatever the text of the items contains."""
    return any(
        before.is_displayable(is_story=is_story) and not after.is_displayable(is_story=is_story)
        for is_story in {item.is_story for item in items}
    )


def label_of(name: str) -> str:
    if name == "child_approved_at":
        return gettext("showing this child is approved")
    return str(ConsentRecord._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def in_words(name: str, value: Any) -> str:
    """A field's value in words.

    `value` is JSON if it comes from the history, else a Python object.
    """
    field = ConsentRecord._meta.get_field(name)
    if name == "child_approved_at":
        value = bool(value)
    elif isinstance(field, models.ForeignKey):
        pk = getattr(value, "pk", value)
        return user_name(User.objects.filter(pk=pk).first() if pk else None)
    elif isinstance(field, models.DateField):
        day = field.to_python(value)
        return date_format(day) if day else "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    choices = dict(getattr(field, "flatchoices", ()))
    return str(choices.get(value, value) or "–")
