"""Mixins for models that show a person and have a consent record: pictures and stories."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.http import Http404, HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogContext
from wagtail.models import Revision
from wagtail.permissions import page_permission_policy
from wagtail.url_routing import RouteResult
from wagtail_localize.fields import BaseTranslatableField

from consent.models import ConsentRecord, Scope, displayable


class WithdrawnMeanwhile(Http404):
    """The consent record was withdrawn after this object was read.

    The CMS responds with its 404 page, which says that somebody may have withdrawn the object.
    """

    def __init__(self) -> None:
        super().__init__(
            gettext("This was withdrawn in the meantime. Everything about it is erased.")
        )


def read_record(pk: int, *, lock: bool = False) -> ConsentRecord:
    """The record as it is stored now. Raises WithdrawnMeanwhile if it does not exist any more."""
    records = ConsentRecord.objects.select_for_update() if lock else ConsentRecord.objects.all()
    if record := records.filter(pk=pk).first():
        return record
    raise WithdrawnMeanwhile


class HasConsent(models.Model):
    """A page or picture that may be shown only as its consent record allows."""

    is_story = False  # whether it quotes a person; see ConsentRecord.display_errors

    consent = models.ForeignKey(
        ConsentRecord, verbose_name=_("consent"), on_delete=models.PROTECT, editable=False
    )

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save this. Raises WithdrawnMeanwhile if its record does not exist any more."""
        if not self.consent_id:
            self.consent = ConsentRecord.objects.create()
        self.lock_record()
        super().save(*args, **kwargs)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with suppress(WithdrawnMeanwhile):
            self.lock_record()
        return super().delete(*args, **kwargs)

    @transaction.atomic
    def lock_record(self) -> None:
        """Block withdrawals until this transaction ends. Waits for a running withdrawal.

        Call this before writing any row that belongs to this object. A withdrawal also locks the
        record before the rows, so the two cannot deadlock.

        Raises WithdrawnMeanwhile if the record does not exist any more.
        """
        self._check_record(ConsentRecord.objects.select_for_update(no_key=True))

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Validate this. Raises WithdrawnMeanwhile if its record does not exist any more.

        A validation error for `consent` would not be shown, because no form has this field.
        """
        self._check_record(ConsentRecord.objects.all())
        super().full_clean(*args, **kwargs)

    def _check_record(self, records: models.QuerySet[ConsentRecord]) -> None:
        if self.consent_id and not records.filter(pk=self.consent_id).exists():
            raise WithdrawnMeanwhile

    shown_on: date | None = None  # the day on which it will be shown; None: today
    # Pages set `in_draft` and `scopes_of_use` of the pictures that they show. `in_draft` is True in
    # previews, which also show what may not be published yet.
    in_draft = False
    # The scopes that the page needs. Pages for the press also need `press`.
    scopes_of_use: Iterable[str] = (Scope.SITE,)

    @property
    def record(self) -> ConsentRecord:
        """The consent record; a new, empty one if this object has never been saved.

        Raises WithdrawnMeanwhile if it does not exist any more.
        """
        try:
            return self.consent if self.consent_id else ConsentRecord()
        except ConsentRecord.DoesNotExist as error:
            raise WithdrawnMeanwhile from error

    @property
    def requires_consent(self) -> bool:
        """Whether showing this requires a person's consent."""
        return self.record.needed(is_story=self.is_story)

    def display_errors(self, scope: str = Scope.SITE) -> Iterator[tuple[str, str]]:
        """Yield (field of the record, message) for each field that forbids showing this."""
        return self.record.display_errors(scope, is_story=self.is_story, on=self.shown_on)

    def consent_errors(self, on: date | None = None) -> Iterator[tuple[str, str]]:
        """What prevents publishing this on a day, today by default."""
        return self.record.publishing_errors(is_story=self.is_story, on=on)

    def is_displayable(self, scope: str = Scope.SITE) -> bool:
        return not any(self.display_errors(scope))

    @property
    def visible(self) -> bool:
        return self.in_draft or all(self.is_displayable(scope) for scope in self.scopes_of_use)

    @property
    def printable(self) -> bool:
        return self.is_displayable(Scope.PRINT)

    @classmethod
    def displayable(cls, scope: str = Scope.SITE) -> models.Q:
        """`is_displayable` as a query: the objects that may be shown in `scope` today."""
        return displayable(scope, is_story=cls.is_story, prefix="consent__")

    @classmethod
    def to_take_down(cls) -> models.QuerySet:
        """Objects that readers can reach although they may no longer be shown."""
        raise NotImplementedError

    def take_down(self, user: AbstractUser | None) -> None:
        """Unpublish this, or delete its public files.

        `user` is the person who changed the consent, or None.
        """
        raise NotImplementedError

    @classmethod
    def recompute(cls, **lookups: object) -> None:
        """Recompute the stored values that `displayable` reads and that depend on other objects."""

    def may_be_edited_by(self, user: AbstractUser | AnonymousUser) -> bool:
        """Whether `user` may edit this, and therefore narrow its consent."""
        raise NotImplementedError

    @classmethod
    def editable_by(cls, user: AbstractUser | AnonymousUser) -> models.QuerySet:
        """The objects that `user` may edit, for lists."""
        raise NotImplementedError

    def may_be_withdrawn_by(self, user: AbstractUser | AnonymousUser) -> bool:
        raise NotImplementedError

    def near_copies(self) -> Iterable["HasConsent"]:
        """Other objects that show the same picture."""
        return ()

    def former_copies(self) -> Iterable[Any]:
        """Stored answers to “who is shown” for deleted or replaced copies. Each has a `record`."""
        return ()

    def others_by_same_person(self) -> Iterable["HasConsent"]:
        """Other objects that may be about the same person."""
        return ()

    def identifying_phrases(self) -> list[str]:
        """Phrases to search for on other pages when this is withdrawn."""
        return [self.title]  # type: ignore[attr-defined]  # pages and pictures have a title

    @property
    def label(self) -> str:
        """Model label used in CMS URLs."""
        return self._meta.label_lower

    @property
    def type_name(self) -> str:
        return str(self._meta.verbose_name)


class PageHasConsent(HasConsent):
    """A page with a consent record, which its copies, aliases and translations share.

    Publishing or restoring an old revision keeps the current record, not the one in the revision.
    """

    # mypy cannot find some methods below: they belong to Page, from which this does not inherit.

    # Do not copy the record to a translation, because wagtail-localize would take it from a stored,
    # older state of the source.
    override_translatable_fields = [BaseTranslatableField("consent")]

    class Meta:
        abstract = True

    @classmethod
    def from_serializable_data(cls, data: dict, *args: Any, **kwargs: Any) -> models.Model | None:
        """Read a revision without its record, which may not exist any more."""
        others = {name: value for name, value in data.items() if name != "consent"}
        return super().from_serializable_data(others, *args, **kwargs)  # type: ignore[misc]

    def with_content_json(self, content: dict) -> models.Model:
        page = super().with_content_json(content)  # type: ignore[misc]
        page.consent_id = self.consent_id
        return page

    @transaction.atomic
    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        self.lock_record()  # before Wagtail saves comments
        return super().save_revision(*args, **kwargs)  # type: ignore[misc]

    @transaction.atomic
    def publish(self, *args: Any, **kwargs: Any) -> None:
        self.lock_record()  # before Wagtail saves revisions
        super().publish(*args, **kwargs)  # type: ignore[misc]

    @classmethod
    def to_take_down(cls) -> models.QuerySet:
        return cls._default_manager.filter(live=True).exclude(cls.displayable())  # type: ignore[misc]

    def take_down(self, user: AbstractUser | None) -> None:
        action = "wagtail.unpublish" if user else "wagtail.unpublish.scheduled"
        # The history names the user. But `unpublish` must not check their permission, because many
        # users who may narrow consent may not unpublish.
        with LogContext(user=user):
            self.unpublish(set_expired=True, log_action=action)  # type: ignore[attr-defined]

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Respond with 404 as soon as consent ends, even before the worker unpublishes the page."""
        if not path_components and not self.is_displayable():
            raise Http404
        return super().route(request, path_components)  # type: ignore[misc]

    def may_redirect_from(self, path: str) -> bool:
        """Whether the old URL `path` may redirect to this page.

        False if the URL contains the name of somebody who may not be named.
        """
        return True

    def reason_to_refuse(self, text: str) -> str:
        """Why `text` may not be an alt text or credit of pictures on this page; empty if it may."""
        return ""

    def may_be_edited_by(self, user: AbstractUser | AnonymousUser) -> bool:
        return self.permissions_for_user(user).can_edit()  # type: ignore[attr-defined]

    @classmethod
    def editable_by(cls, user: AbstractUser | AnonymousUser) -> models.QuerySet:
        pages = page_permission_policy.instances_user_has_permission_for(user, "change")
        return cls._base_manager.filter(pk__in=pages.values("pk"))

    def may_be_withdrawn_by(self, user: AbstractUser | AnonymousUser) -> bool:
        permissions = self.permissions_for_user(user)  # type: ignore[attr-defined]
        # Not `can_publish`: stewards may not publish a story without its workflow.
        return permissions.can_delete() and permissions.can_unschedule()
