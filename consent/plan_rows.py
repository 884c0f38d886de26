"""The lists on the withdrawal screen, with only those titles that the user may read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page

from consent import registry, text_search, uses
from consent.languages import language_in_sentence
from consent.mixins import HasConsent
from consent.plans import Plan


@dataclass
class Row:
    title: str
    url: str = ""
    notes: list[str] = field(default_factory=list)
    withdraw_url: str = ""


class PlanRows:
    """The rows of a plan.

    `__init__` makes all queries, so the rows can still be shown after the withdrawal.
    """

    def __init__(self, plan: Plan, user: AbstractUser | AnonymousUser) -> None:
        self._user, self._finder = user, AdminURLFinder(user)
        self.pages = [Row(page.title, notes=_notes(page)) for page in plan.pages]
        self.files = [Row(str(file)) for file in plan.files]
        self.redirects = [Row(redirect.old_path) for redirect in plan.redirects]
        self.shared = [
            self._row(
                file, [self._row(use.content_object).title for use in uses_], may_withdraw=True
            )
            for file, uses_ in plan.shared.items()
        ]
        self.uses = [self._row(use.content_object, use.places) for use in plan.uses]
        self.remaining_uses = [
            self._row(use.content_object, places)
            for use in plan.uses
            if (places := self._remaining_places(use))
        ]
        copies = [(copy, self._copy_row(copy)) for copy in plan.copies]
        erasable = {copy for copy in plan.copies if self._may_withdraw(copy)}
        # Checkboxes in the form.
        self.choices = [
            (copy.pk, f"{row.title}: {', '.join(row.notes)}" if row.notes else row.title)
            for copy, row in copies
            if copy in erasable
        ]
        self.kept_copies = [row for copy, row in copies if copy not in erasable]
        self.related = [self._row(item, may_withdraw=True) for item in plan.related]
        matches = [m for m in plan.matches if self._finder.get_edit_url(m.content_object)]
        self.matches = [self._row(m.content_object) for m in matches if m.is_current]
        # A withdrawal searches all pages for the alt texts of its pictures. A writer could copy the
        # text of another page into an alt text to delete older versions of that page. So older
        # versions of pages that the user may not publish are kept.
        self.kept_versions = [
            self._row(m.content_object)
            for m in matches
            if m.older_revisions and not text_search.may_rewrite(user, m.content_object)
        ]

    def _remaining_places(self, use: uses.Use) -> list[str]:
        """The fields, blocks and versions that contain the use even after the withdrawal.

        The withdrawal deletes older versions only if the user may delete them.
        """
        may_rewrite = text_search.may_rewrite(self._user, use.content_object)
        return use.current_places if may_rewrite else use.places

    def _copy_row(self, copy: HasConsent) -> Row:
        """A row for a copy of a picture, with objects that show it or share its record."""
        shown = [
            f"{row.title} ({', '.join(row.notes)})"
            for use in uses.uses([], [copy])
            for row in [self._row(use.content_object, use.places)]
        ]
        others = [item for item in registry.items_of(copy.record) if item != copy]
        shared = [self._row(item).title for item in others]
        notes = [*shown, *(gettext("with %(title)s") % {"title": title} for title in shared)]
        return self._row(copy, notes)

    def _row(
        self, item: models.Model, notes: Iterable[str] = (), *, may_withdraw: bool = False
    ) -> Row:
        url = self._finder.get_edit_url(item) or ""
        # The title of a published page is public, so every user may read it.
        is_known = bool(url) or (isinstance(item, Page) and item.live)
        title = str(item) if is_known else gettext("Something that you may not open")
        row = Row(title, url, list(notes))
        if may_withdraw and isinstance(item, HasConsent) and self._may_withdraw(item):
            row.withdraw_url = reverse("consent_withdraw", args=[item.label, item.pk])
        return row

    def _may_withdraw(self, item: HasConsent) -> bool:
        return registry.may_be_withdrawn_by(self._user, item.record)


def _notes(page: Page) -> list[str]:
    """Notes on a page: language, number of versions, and whether and where it is public."""
    count = page.revisions.count()
    versions = ngettext("%(count)d version", "%(count)d versions", count) % {"count": count}
    notes = [language_in_sentence(page.locale.language_code), versions]
    if page.alias_of_id:  # type: ignore[attr-defined]
        notes.append(gettext("alias"))
    if page.live:
        return [*notes, f"{gettext('public')}: {page.full_url}"]
    return [*notes, gettext("draft")]
