"""Webhooks that tell the organization's CRM who has taken part and who wants their data deleted.

None are sent unless WEBHOOK_URL is set. docs/webhooks.md describes the signature (Standard
Webhooks) and the format of a person (OSDI).
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from actions import http_client
from actions.advisory_lock import LockTimeout, advisory_lock
from actions.email_addresses import email_hashes
from actions.encryption import EncryptedField, HasEncryptedFields

TIMEOUT = 20  # seconds in all
# Waits 4 seconds, then 16 and so on: about a day in all. After that, a campaigner has to retry.
RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


class DeliveryFailed(Exception):
    """Raised when a webhook was not accepted.

    Its message is the status or the type of the error, without personal data.
    """


class DeliveryQuerySet(models.QuerySet):
    def for_email(self, email: str) -> Self:
        return self.filter(email_key__in=email_hashes(email))


class Delivery(HasEncryptedFields):
    """A webhook that the receiver has not accepted yet. Once it is accepted, the row is deleted.

    The row may be deleted at any time, because the person may ask for that. So it is never saved
    after it was created: a save would insert it again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(max_length=40)
    email_key = models.CharField(max_length=64, db_index=True)  # the first of `email_hashes`
    payload = EncryptedField()
    made_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=100, blank=True)  # status or type of the error
    failed_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    @property
    def email(self) -> str:
        return json.loads(self.payload)["data"]["person"]["email_addresses"][0]["address"]

    def send(self) -> None:
        """POST the webhook. Raises DeliveryFailed unless the status is 2xx."""
        body = self.payload.encode()
        timestamp = str(int(timezone.now().timestamp()))
        signed = b".".join([str(self.pk).encode(), timestamp.encode(), body])
        signature = hmac.new(settings.WEBHOOK_SECRET.encode(), signed, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": str(self.pk),
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
        try:
            status = http_client.post(settings.WEBHOOK_URL, body, headers, timeout=TIMEOUT)
        except OSError as error:
            raise DeliveryFailed(type(error).__name__) from None
        if not 200 <= status < 300:
            raise DeliveryFailed(f"HTTP {status}")


def send(event: str, email: str, data: dict) -> None:
    """Save and queue a webhook, in the current transaction."""
    if not settings.WEBHOOK_URL:
        return
    key = email_hashes(email)[0]
    payload = {"type": event, "timestamp": timezone.now().isoformat(), "data": data}
    delivery = Delivery.objects.create(event=event, email_key=key, payload=json.dumps(payload))
    queue(delivery)


def queue(delivery: Delivery) -> None:
    app.configure_task("send_webhook").defer(delivery=str(delivery.pk))


def send_in_order(last: Delivery) -> None:
    """Send the deliveries about the person of `last`, the oldest first, up to `last` itself.

    Raises DeliveryFailed at the first delivery that is not accepted, and sends no later one: the
    receiver must not get a deletion before the earlier confirmation. The deliveries are read again
    before each request, because the person's data may have been deleted meanwhile.
    """
    with _lock_person(last.email):
        while True:
            waiting = Delivery.objects.for_email(last.email).filter(made_at__lte=last.made_at)
            due = next((delivery for delivery in waiting if delivery.is_readable), None)
            if due is None:
                return
            due.send()
            Delivery.objects.filter(pk=due.pk).delete()


@contextmanager
def _lock_person(email: str) -> Iterator[None]:
    """Context manager in which no other worker sends a webhook about this person."""
    # Lock all hashes, because a worker that does not have a new key yet computes only some of them.
    try:
        with advisory_lock(*email_hashes(email), timeout=2 * TIMEOUT):
            yield
    except LockTimeout:
        raise DeliveryFailed("LockTimeout") from None


def delete_person(email: str, confirmed: Iterable[str]) -> None:
    """Delete a person's pending webhooks, and ask the receiver to delete the person.

    `confirmed` has the email address in each spelling that the person has confirmed. The receiver
    is told these spellings and those in the deleted webhooks, because it may treat two spellings as
    two people.
    """
    pending = Delivery.objects.for_email(email)
    spellings = {*confirmed, *(delivery.email for delivery in pending if delivery.is_readable)}
    pending.delete()
    for spelling in sorted(spellings):
        send("person.deleted", spelling, {"person": {"email_addresses": [{"address": spelling}]}})
