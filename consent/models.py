"""Consent records: what people agreed to, and what each record allows to be shown."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# The help text of “expires on” names the date after this period. The field is not prefilled.
USUAL_PERIOD = timedelta(days=2 * 365)


class Shown(models.TextChoices):
    NO_ONE = "no-one", _("No one")
    NOT_RECOGNIZABLE = "not-recognizable", _("Someone who cannot be recognized")
    RECOGNIZABLE = "recognizable", _("Someone who can be recognized")
    CHILD = "child", _("A child")


class Basis(models.TextChoices):
    FORM = "form", _("A signed form")
    STAFF = "staff", _("A staff member")
    STOCK = "stock", _("Licensed stock")
    PUBLIC_EVENT = "public-event", _("A public event")
    ILLUSTRATION = "illustration", _("An illustration that shows no real person")


class Scope(models.TextChoices):
    """Where something may be shown. The name of a scope's model field is `for_` plus its value."""

    SITE = "site", _("on this site")
    SOCIAL = "social", _("on social media")
    PRINT = "print", _("in print")
    PRESS = "press", _("by the press")


# Pictures and stories may show these people only with their consent. A story quotes the person,
# so it needs consent even if the person cannot be recognized.
PICTURES_NEED_CONSENT = frozenset({Shown.RECOGNIZABLE, Shown.CHILD})
STORIES_NEED_CONSENT = PICTURES_NEED_CONSENT | {Shown.NOT_RECOGNIZABLE}
STORY_BASES = frozenset({Basis.FORM, Basis.STAFF})
# The first and the last valid day. PostgreSQL also stores days that Python cannot read, such as
# "infinity".
DAYS = (date(1900, 1, 1), date(2999, 12, 31))
TIMES = tuple(datetime(day.year, day.month, day.day, tzinfo=UTC) for day in DAYS)
FORM_REFERENCE = r"[A-Z0-9]+(?:[-/.][A-Z0-9]+)*"  # for Python and PostgreSQL


def validate_form_reference(value: str) -> None:
    """Accept a short code such as 17, F-12 or DPA-2026-017.

    Raises ValidationError for text that may be a name, an email address or a telephone number.
    """
    code = re.fullmatch(FORM_REFERENCE, value)
    letters, digits = re.findall(r"[A-Z]", value), re.findall(r"[0-9]+", value)
    # Like a telephone number: seven digits in a row, 555-0100, or more than two groups of digits.
    # A code may hold a year, as in 2026-0017.
    is_telephone_number = len(digits) > 2 or re.search(
        r"[0-9]{7}|(?<![0-9])(?!20[0-9]{2})[0-9]{3,4}[-/.][0-9]{4}", value
    )
    if not (code and digits) or len(letters) > 4 or is_telephone_number:
        raise ValidationError(
            gettext(
                "Write the short code on the form, such as F-12 or DPA-2026-17: capital letters, "
                "digits and hyphens. Never a name, an email address or a phone number."
            )
        )


def validate_day(value: date) -> None:
    """Refuse days near the ends of Python's calendar, where calculating with dates fails."""
    first, last = DAYS
    if not first <= (value.date() if isinstance(value, datetime) else value) <= last:
        raise ValidationError(gettext("Write a day from 1900 to 2999."))


def displayable(
    scope: str = Scope.SITE, *, is_story: bool = False, on: date | None = None, prefix: str = ""
) -> Q:
    """The rule of `ConsentRecord.display_errors` as a query.

    `prefix` is the lookup from the queried model to the record, such as `consent__`. A prefix
    makes a join, which PostgreSQL plans and runs faster than a subquery.
    """

    def where(**lookups: object) -> Q:
        return Q(**{f"{prefix}{name}": value for name, value in lookups.items()})

    on = on or localdate()
    if is_story:
        needed, bases = where(shown__in=STORIES_NEED_CONSENT), STORY_BASES
        exempt = where(shown=Shown.NO_ONE)
    else:
        needed, bases = where(shown__in=PICTURES_NEED_CONSENT), frozenset(Basis)
        exempt = where(shown__in=set(Shown) - PICTURES_NEED_CONSENT)
        exempt |= where(basis=Basis.ILLUSTRATION)
    agreed = (
        needed
        & where(basis__in=bases, given_on__lte=on, expires_on__gt=on)
        & ~where(basis=Basis.FORM, form_reference="")
    )
    forbidden_child = where(shown=Shown.CHILD) & (
        where(child_approved_at=None) | where(basis=Basis.PUBLIC_EVENT)
    )
    return where(**{f"for_{scope}": True}) & (exempt | agreed & ~forbidden_child)


class ConsentQuerySet(models.QuerySet["ConsentRecord"]):
    def displayable(
        self, scope: str = Scope.SITE, *, is_story: bool = False, on: date | None = None
    ) -> Self:
        """The records without `display_errors`."""
        return self.filter(displayable(scope, is_story=is_story, on=on))


class ConsentRecord(models.Model):
    """What one person agreed to for one story, or for one or several pictures.

    A story shares its record with its copies, aliases and translations. Pictures from one photo
    session may share a record.

    Never stores a legal name, contact details or the signed form: a stolen copy of this database
    must not become a list of people who use drugs. The form stays on paper, filed by its reference.
    """

    # Random. After a withdrawal only its hash is stored; see Withdrawal.
    key = models.UUIDField(default=uuid4, editable=False, unique=True)
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
    form_reference = models.CharField(
        _("form reference"),
        max_length=20,
        blank=True,
        validators=[validate_form_reference],
        help_text=_("The code on the signed form. Never a name, phone number or address."),
    )
    for_site = models.BooleanField(_("on this site"), default=True)
    for_social = models.BooleanField(_("on social media"), default=False)
    for_print = models.BooleanField(_("in print"), default=False)
    for_press = models.BooleanField(_("by the press"), default=False)
    may_be_named = models.BooleanField(_("may be named"), default=False)
    given_on = models.DateField(_("given on"), null=True, blank=True, validators=[validate_day])
    expires_on = models.DateField(
        _("expires on"),
        null=True,
        blank=True,
        validators=[validate_day],
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
    child_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("showing this child was approved by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    child_approved_at = models.DateTimeField(
        _("showing this child was approved at"), null=True, blank=True, editable=False
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        # The database holds only valid values, so that `display_errors` and `displayable` agree.
        constraints = [
            models.CheckConstraint(
                name="consent_shown", condition=Q(shown__in=["", *Shown.values])
            ),
            models.CheckConstraint(
                name="consent_basis", condition=Q(basis__in=["", *Basis.values])
            ),
            models.CheckConstraint(
                name="consent_form_reference",
                condition=Q(form_reference="") | Q(form_reference__regex=f"^{FORM_REFERENCE}$"),
            ),
            models.CheckConstraint(
                name="consent_dates",
                condition=Q(given_on__range=DAYS)
                & Q(expires_on__range=DAYS)
                & Q(child_approved_at__range=TIMES),
            ),
        ]

    def __str__(self) -> str:
        return gettext("Consent %(number)s") % {"number": self.pk or ""}

    @property
    def digest(self) -> str:
        """Hash of all values, to detect any change since a user saw them."""
        values = (field.value_to_string(self) for field in self._meta.concrete_fields)
        return sha256("\n".join(values).encode()).hexdigest()

    def needed(self, *, is_story: bool = False) -> bool:
        """Whether a person must have agreed before the picture or story is shown."""
        if is_story:
            return self.shown in STORIES_NEED_CONSENT
        return self.shown in PICTURES_NEED_CONSENT and self.basis != Basis.ILLUSTRATION

    def display_errors(
        self, scope: str = Scope.SITE, *, is_story: bool = False, on: date | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield (field, message) for each reason not to show the picture or story in `scope`.

        This is the rule for consent. `displayable` is the same rule as a query. `on` is the day,
        by default today.
        """
        on = on or localdate()
        if not getattr(self, f"for_{scope}"):
            yield f"for_{scope}", gettext("There is no permission to show it here.")
        if not self.shown and (is_story or self.basis != Basis.ILLUSTRATION):
            yield "shown", gettext("Say who is shown, even if it is no one.")
        if not self.needed(is_story=is_story):
            return
        if not self.basis:
            yield "basis", gettext("Say why we may show this.")
        elif is_story and self.basis not in STORY_BASES:
            yield "basis", gettext("A person's story needs a signed form, unless they are staff.")
        if self.basis == Basis.FORM and not self.form_reference:
            yield "form_reference", gettext("Enter the code from the signed form.")
        if not self.given_on:
            yield "given_on", gettext("Write the day on which the person agreed.")
        elif self.given_on > on:
            yield (
                "given_on",
                gettext("Consent has not begun yet. Correct the date or wait until that day."),
            )
        if not self.expires_on:
            yield "expires_on", gettext("Write the day on which consent ends.")
        elif self.expires_on <= on:
            words = gettext("Consent has ended. Ask the person before it is shown again.")
            if self.expires_on > localdate():
                words = gettext(
                    "Consent ends on %(day)s, before this goes live. Let it go live earlier, or "
                    "ask the person."
                ) % {"day": date_format(self.expires_on)}
            yield "expires_on", words
        if self.shown == Shown.CHILD:
            if self.basis == Basis.PUBLIC_EVENT:
                yield (
                    "basis",
                    gettext("A public event is not enough to show a child. Get a signed form."),
                )
            if not self.child_approved_at:
                yield (
                    "child_approved_at",
                    gettext("An administrator must first approve showing a child."),
                )

    def publishing_errors(
        self, *, is_story: bool = False, on: date | None = None
    ) -> Iterator[tuple[str, str]]:
        """`display_errors`, and an error if consent is needed and no steward is set."""
        yield from self.display_errors(is_story=is_story, on=on)
        if self.needed(is_story=is_story) and not self.steward_id:
            yield "steward", gettext("Choose the colleague who is notified before consent ends.")

    def is_displayable(
        self, scope: str = Scope.SITE, *, is_story: bool = False, on: date | None = None
    ) -> bool:
        return not any(self.display_errors(scope, is_story=is_story, on=on))

    def clean(self) -> None:
        if self.given_on and self.expires_on and self.expires_on < self.given_on:
            raise ValidationError(
                {"expires_on": gettext("Consent cannot end before the day on which it was given.")}
            )


class Reminder(models.Model):
    """Records that a reminder was sent, so that it is not sent twice."""

    record = models.ForeignKey(ConsentRecord, on_delete=models.CASCADE, related_name="reminders")
    expires_on = models.DateField()
    days = models.PositiveSmallIntegerField()  # one of DAYS_BEFORE in consent/expiry.py

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "expires_on", "days"], name="once")
        ]

    def __str__(self) -> str:
        return f"{self.days} days before {self.expires_on}"


class Withdrawal(models.Model):
    """Hash of a withdrawn record's key, to erase the content again after a backup is restored."""

    fingerprint = models.CharField(max_length=64, unique=True)
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint


class GoneUrl(models.Model):
    """A URL that returns 410. Stored as a keyed hash, because a slug can name a person."""

    mark = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.mark
