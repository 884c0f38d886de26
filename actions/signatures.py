"""Signatures: personal data of participants, deleted after PERSONAL_DATA_RETENTION_DAYS."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from wagtail.models import Page

from actions import webhooks
from actions.counts import DayCount
from actions.email_addresses import email_hashes
from actions.encryption import EncryptedField, HasEncryptedFields
from actions.webhooks import Delivery

RESEND_AFTER = timedelta(minutes=15)  # time for the first email to arrive
# A deletion link works for CONFIRMATION_LINK_HOURS, two days by default. So a person who must wait
# for a new link still has an earlier link that works.
DELETION_MAIL_EVERY = timedelta(days=1)


class Signature(HasEncryptedFields):
    """One person's participation in one action, shared by all translations of its page.

    What was entered never changes: the confirmation link belongs to the row, so the person confirms
    what the row contained when the link was mailed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.UUIDField()  # translation_key of its pages
    email = EncryptedField()
    email_key = models.CharField(max_length=64, db_index=True)  # the first of `email_hashes`
    name = EncryptedField(blank=True)
    zip_code = models.CharField(max_length=3, blank=True)
    language = models.CharField(max_length=10)
    signed_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True)
    deletion_requested_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("signature")
        constraints = [
            models.UniqueConstraint("action", "email_key", name="one_signature_a_person")
        ]
        permissions = [("use_signatures", _("Can export and delete signatures"))]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def token(self) -> str:
        """Signed token of the confirmation link."""
        return signing.dumps(str(self.pk), salt="actions.confirm")

    @property
    def is_mail_due(self) -> bool:
        """Whether an email is sent if somebody enters this email address for this action.

        Anyone can enter an email address, so at most three emails are sent. Two have the link, in
        case the first is lost. One says that the person has already confirmed.
        """
        if self.mailed_at is None:
            return True
        is_first = self.mailed_at <= (self.confirmed_at or self.signed_at)
        return is_first and timezone.now() - self.mailed_at > RESEND_AFTER

    @property
    def deleted_at(self) -> datetime:
        """When this signature is due for `purge`. Confirming it changes this time."""
        days = timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS)
        return self.signed_at + (days if self.confirmed_at else _link_validity())

    def to_osdi(self) -> dict:
        """The person and the action in OSDI format, for webhooks."""
        page = Page.objects.filter(translation_key=self.action).order_by("locale").first()
        action_type = page.specific.kind if page else ""
        # Signing a petition is not consent to emails.
        status = "subscribed" if action_type == "join" else "unsubscribed"
        person: dict = {
            "email_addresses": [{"address": self.email, "primary": True, "status": status}],
            "languages_spoken": [self.language],
        }
        if self.zip_code:
            person["postal_addresses"] = [{"postal_code": self.zip_code, "country": "US"}]
        if self.name:
            person["custom_fields"] = {"full_name": self.name}
        action = {
            "identifier": str(self.action),
            "kind": action_type,
            "title": str(page) if page else "",
        }
        return {"person": person, "action": action}


class RateLimitExemption(models.Model):
    """Pauses the rate limit of an action until a given time."""

    action = models.UUIDField(primary_key=True)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("rate limit exemption")

    def __str__(self) -> str:
        return f"{self.until}"


def _link_validity() -> timedelta:
    return timedelta(hours=settings.CONFIRMATION_LINK_HOURS)


def _expired() -> Q:
    """Signatures that were not confirmed in time."""
    return Q(confirmed_at=None, signed_at__lt=timezone.now() - _link_validity())


def for_email(email: str) -> models.QuerySet[Signature]:
    return _with_keys(email_hashes(email))


def _with_keys(email_keys: list[str]) -> models.QuerySet[Signature]:
    return Signature.objects.filter(email_key__in=email_keys)


@transaction.atomic
def take_part(action: uuid.UUID, email: str, **details: str) -> None:
    """Save a signature and email its confirmation link.

    If the person has already signed, the earlier signature does not change, and neither does the
    time left to confirm it, because a stranger may have entered the email address with other data.
    A unique constraint ensures one row per person and action, even for concurrent requests.
    """
    earlier = for_email(email).filter(action=action)
    _delete(earlier.filter(_expired()))
    found, now = earlier.select_for_update().first(), timezone.now()
    if found is None:
        found, _new = Signature.objects.select_for_update().get_or_create(
            action=action,
            email_key=email_hashes(email)[0],
            defaults=details | {"email": email, "signed_at": now},
        )
    if found.is_mail_due:
        Signature.objects.filter(pk=found.pk).update(mailed_at=now)
        app.configure_task("send_confirmation_link").defer(signature=str(found.pk))


def request_deletion(email: str) -> None:
    """Let the worker email a deletion link if any data of the person is stored.

    A request with a known email address takes as long as one with an unknown address. Otherwise its
    time would reveal who takes part.
    """
    app.configure_task("find_data_to_delete").defer(email_keys=[*email_hashes(email)])


@transaction.atomic
def queue_deletion_link(email_keys: list[str]) -> None:
    """Queue the email with the deletion link, once a day at most."""
    found = [row for row in _lock(_with_keys(email_keys)) if row.is_readable]
    now = timezone.now()
    last = max(
        (row.deletion_requested_at for row in found if row.deletion_requested_at), default=None
    )
    if found and (last is None or now - last > DELETION_MAIL_EVERY):
        # The link stops working when its row is deleted, so use the row that is deleted last.
        longest = max(found, key=lambda row: row.deleted_at)
        Signature.objects.filter(pk=longest.pk).update(deletion_requested_at=now)
        app.configure_task("send_deletion_link").defer(signature=str(longest.pk))


def find(pk: uuid.UUID | str) -> Signature | None:
    """The signature with this pk.

    None if it was deleted, was not confirmed in time, or cannot be decrypted.
    """
    found = Signature.objects.filter(pk=pk).exclude(_expired()).first()
    return found if found and found.is_readable else None


def find_by_token(token: str) -> Signature | None:
    """The signature that a confirmation link belongs to.

    None if the link is invalid or has expired, or if the row was deleted.
    """
    try:
        pk = signing.loads(token, salt="actions.confirm", max_age=_link_validity())
    except signing.BadSignature:
        return None
    return find(pk)


def discard(signature: Signature) -> bool:
    """Delete a signature that was not confirmed. Returns False if it was confirmed or deleted."""
    return bool(_delete(Signature.objects.filter(pk=signature.pk, confirmed_at=None)))


@transaction.atomic
def confirm(signature: Signature) -> bool:
    """Confirm and count a signature, and send its webhook.

    Returns False if it was already confirmed or has been deleted.
    """
    waiting = Signature.objects.filter(pk=signature.pk, confirmed_at=None)
    if not waiting.update(confirmed_at=timezone.now()):
        return False
    DayCount.add(signature.action)
    webhooks.send("person.confirmed", signature.email, signature.to_osdi())
    return True


def deletion_token(signature: Signature) -> str:
    return signing.dumps(str(signature.pk), salt="actions.delete")


def find_by_deletion_token(token: str) -> Signature | None:
    """A signature of the person who was sent this deletion link; None if the link does not work."""
    try:
        pk = signing.loads(token, salt="actions.delete", max_age=_link_validity())
    except signing.BadSignature:
        return None
    return find(pk)


@transaction.atomic
def delete(email: str) -> int:
    """Delete all data of a person, and subtract the person from the counts. Returns the row count.

    Waits for a confirmation that is being saved, so that the receiver of webhooks never gets the
    confirmation after the deletion.
    """
    rows = list(_lock(for_email(email)))
    confirmed = [row for row in rows if row.confirmed_at]
    # Counts are changed in the same order for all people, so that two deletions cannot deadlock.
    for row in sorted(confirmed, key=lambda row: (row.action, row.confirmed_at)):
        DayCount.subtract(row.action, localdate(row.confirmed_at))
    webhooks.delete_person(email, [row.email for row in confirmed if row.is_readable])
    Signature.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def purge() -> int:
    """Delete signatures that may no longer be kept. Returns their number.

    These are signatures that were not confirmed in time, that are older than
    PERSONAL_DATA_RETENTION_DAYS, or whose page no longer exists. Also deletes rate limit exemptions
    that have ended, and webhook deliveries older than that period. The counts are kept.
    """
    now = timezone.now()
    oldest = now - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS)
    old = Q(signed_at__lt=oldest)
    pages = Page.objects.filter(translation_key=models.OuterRef("action"))
    RateLimitExemption.objects.filter(until__lt=now).delete()
    Delivery.objects.filter(made_at__lt=oldest).delete()
    return _delete(Signature.objects.filter(_expired() | old | ~models.Exists(pages)))


def _lock(signatures: models.QuerySet[Signature]) -> models.QuerySet[Signature]:
    """Lock signatures in the same order everywhere, so that transactions cannot deadlock."""
    return signatures.select_for_update(of=("self",)).order_by("pk")


@transaction.atomic
def _delete(signatures: models.QuerySet[Signature]) -> int:
    """Delete `signatures`, except rows that no longer match the query when they are locked.

    A signature may have been confirmed in the meantime. PostgreSQL checks the conditions of the
    query again when it locks a row.
    """
    locked = list(_lock(signatures).values_list("pk", flat=True))
    return Signature.objects.filter(pk__in=locked).delete()[0]


def is_exempt_from_rate_limit(action: uuid.UUID) -> bool:
    return RateLimitExemption.objects.filter(action=action, until__gt=timezone.now()).exists()


def is_any_action_exempt_from_rate_limit() -> bool:
    return RateLimitExemption.objects.filter(until__gt=timezone.now()).exists()
