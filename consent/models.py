from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Revision
from wagtail_localize.fields import BaseTranslatableField

LIFETIME = timedelta(days=2 * 365)


def default_expiry() -> date:
    return localdate() + LIFETIME


class ConsentFields(models.Model):
    """Consent of the people shown in a picture or story.

    Never stores a legal name, contact details or the signed form: a stolen copy of this database
    must not become a list of people who use drugs. The form stays on paper, filed by form number.
    """

    class Shown(models.TextChoices):
        NO_ONE = "no-one", _("No one")
        NOT_RECOGNISABLE = "not-recognisable", _("Someone who cannot be recognized")
        RECOGNISABLE = "recognisable", _("Someone who can be recognized")
        CHILD = "child", _("A child")

    class Basis(models.TextChoices):
        FORM = "form", _("A signed form")
        STAFF = "staff", _("A staff member")
        STOCK = "stock", _("Licensed stock")
        PUBLIC_EVENT = "public-event", _("A public event")
        ILLUSTRATION = "illustration", _("An illustration that shows no real person")

    # Values of `shown` that require consent. Stories add to them, because they quote a person.
    CONSENT_REQUIRED_FOR = frozenset({Shown.RECOGNISABLE, Shown.CHILD})

    # Content files may not set these: a person must have agreed to be steward, and an administrator
    # must have looked at a picture or story of a child.
    SET_IN_CMS_ONLY = frozenset({"steward", "child_approved"})

    # Shared by copies, aliases and translations, so that a withdrawal finds all of them.
    subject_key = models.UUIDField(default=uuid4, editable=False, db_index=True)
    shown = models.CharField(
        _("who is shown"),
        max_length=20,
        choices=Shown.choices,
        blank=True,
        help_text=_("A neighbor, a tattoo or a street sign can make a person recognizable."),
    )
    basis = models.CharField(
        _("basis"),
        max_length=20,
        choices=Basis.choices,
        blank=True,
        help_text=_("Why we may show this."),
    )
    form_number = models.CharField(
        _("form number"),
        max_length=40,
        blank=True,
        help_text=_("The number on the signed form. Never a name, phone number or address."),
    )
    for_site = models.BooleanField(_("on this site"), default=True)
    for_social = models.BooleanField(_("on social media"), default=False)
    for_print = models.BooleanField(_("in print"), default=False)
    for_press = models.BooleanField(_("by the press"), default=False)
    may_be_named = models.BooleanField(_("may be named"), default=False)
    given_on = models.DateField(_("given on"), null=True, blank=True)
    expires_on = models.DateField(
        _("expires on"),
        null=True,
        blank=True,
        default=default_expiry,
        help_text=_(
            "It is not shown from this day on. Use two years from today unless the person said "
            "otherwise."
        ),
    )
    steward = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("steward"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The colleague who knows this person and is notified before consent ends."),
    )

    child_approved = models.BooleanField(
        _("an administrator approved showing this child"),
        default=False,
        help_text=_("Only an administrator can check this box."),
    )

    consent_panels = [
        MultiFieldPanel(
            [
                FieldPanel("shown"),
                FieldRowPanel([FieldPanel("basis"), FieldPanel("form_number")]),
                FieldRowPanel(
                    [
                        FieldPanel("for_site"),
                        FieldPanel("for_social"),
                        FieldPanel("for_print"),
                        FieldPanel("for_press"),
                        FieldPanel("may_be_named"),
                    ]
                ),
                FieldRowPanel([FieldPanel("given_on"), FieldPanel("expires_on")]),
                FieldPanel("steward"),
                FieldPanel("child_approved", permission="superuser"),
            ],
            heading=_("Consent"),
            help_text=_("What the person agreed to. Never write a legal name or an address here."),
        )
    ]

    class Meta:
        abstract = True

    # True in previews, which also show what may not be published yet. Set by the page.
    in_draft = False

    @property
    def requires_consent(self) -> bool:
        """Whether showing this requires a person's consent."""
        return self.shown in self.CONSENT_REQUIRED_FOR and self.basis != self.Basis.ILLUSTRATION

    def display_errors(
        self, scope: str = "site", on: date | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield (field, message) for each field that forbids showing this in `scope` on a day."""
        on = on or localdate()
        if not getattr(self, f"for_{scope}"):
            yield f"for_{scope}", gettext("There is no permission to show it here.")
        if not self.shown and self.basis != self.Basis.ILLUSTRATION:
            yield "shown", gettext("Say who is shown, even if it is no one.")
        if not self.requires_consent:
            return
        if not self.basis:
            yield "basis", gettext("Say why we may show this.")
        if self.basis == self.Basis.FORM and not self.form_number.strip():
            yield "form_number", gettext("Write the number of the signed form.")
        if self.given_on and self.given_on > on:
            yield (
                "given_on",
                gettext("Consent has not begun yet. Correct the date or wait until that day."),
            )
        if self.expires_on and self.expires_on <= on:
            yield (
                "expires_on",
                gettext("Consent has ended. Ask the person before it is shown again."),
            )
        if self.shown == self.Shown.CHILD:
            if self.basis == self.Basis.PUBLIC_EVENT:
                yield (
                    "basis",
                    gettext("A public event is not enough to show a child. Get a signed form."),
                )
            if not self.child_approved:
                yield (
                    "child_approved",
                    gettext("An administrator must first approve showing a child."),
                )

    def consent_errors(self) -> Iterator[tuple[str, str]]:
        """display_errors, plus an error if no steward is set to be reminded."""
        yield from self.display_errors()
        if self.requires_consent and not self.steward_id:
            yield "steward", gettext("Choose the colleague who is notified before consent ends.")

    def is_displayable(self, scope: str = "site") -> bool:
        return not any(self.display_errors(scope))

    @classmethod
    def published(cls) -> models.QuerySet:
        """Objects that readers can reach; a superset of those that may have to be unpublished."""
        raise NotImplementedError

    def unpublish_expired(self) -> None:
        raise NotImplementedError

    def may_be_withdrawn_by(self, user: AbstractUser | AnonymousUser) -> bool:
        raise NotImplementedError

    def identifying_phrases(self) -> list[str]:
        """Phrases to search for on other pages when this is withdrawn."""
        return [self.title]  # type: ignore[attr-defined]  # pages and pictures have one

    @property
    def type_name(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def label(self) -> str:
        """Model label used in CMS URLs."""
        return self._meta.label_lower

    @property
    def visible(self) -> bool:
        return self.in_draft or self.is_displayable()

    @property
    def printable(self) -> bool:
        return self.is_displayable("print")


# Consent fields belong to the person, not to a revision.
CONSENT = tuple(field.attname for field in ConsentFields._meta.local_fields)


class ConsentOfPage(ConsentFields):
    """Consent of a page, shared by all its revisions, copies, aliases and translations.

    Saving a form updates the rows of all pages about the same person at once. Publishing an older
    or scheduled revision never restores its consent.
    """

    # Methods that mypy misses below come from the page type that is the next base class.

    # Translations do not restore it either: they are made from a past state of the source.
    override_translatable_fields = [
        BaseTranslatableField(field.name) for field in ConsentFields._meta.local_fields
    ]

    class Meta:
        abstract = True

    def with_content_json(self, content: dict) -> models.Model:
        page = super().with_content_json(content)  # type: ignore[misc]
        for name in CONSENT:
            setattr(page, name, getattr(self, name))
        return page

    def save_revision(self, *args: object, **kwargs: object) -> Revision:
        revision = super().save_revision(*args, **kwargs)  # type: ignore[misc]
        pages = type(self)._base_manager.filter(subject_key=self.subject_key)
        pages.update(**{name: getattr(self, name) for name in CONSENT})
        return revision

    def may_be_withdrawn_by(self, user: AbstractUser | AnonymousUser) -> bool:
        permissions = self.permissions_for_user(user)  # type: ignore[attr-defined]
        return permissions.can_delete() and permissions.can_publish()

    @classmethod
    def published(cls) -> models.QuerySet:
        return cls._default_manager.filter(live=True)  # type: ignore[misc]

    def unpublish_expired(self) -> None:
        self.unpublish(  # type: ignore[attr-defined]
            set_expired=True, log_action="wagtail.unpublish.scheduled"
        )


class Reminder(models.Model):
    """A reminder that was sent, recorded so that none is sent twice."""

    subject_key = models.UUIDField()
    expires_on = models.DateField()
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_key", "expires_on", "days"], name="once")
        ]

    def __str__(self) -> str:
        return f"{self.days} days before {self.expires_on}"


class Withdrawal(models.Model):
    """Hash of a withdrawn subject_key, to erase the same content from a restored backup."""

    fingerprint = models.CharField(max_length=64, unique=True)
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint


class GoneUrl(models.Model):
    """A URL that returns 410. Stored as a keyed hash, because a slug can name a person."""

    mark = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.mark
