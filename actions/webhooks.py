"""Tells the organization's own system who takes part and who wants to be deleted. Off by default.

The requests are signed as https://www.standardwebhooks.com describes, for which most languages have
a library; the person is written as in OSDI. docs/webhooks.md has both.
"""

import base64
import hashlib
import hmac
import json
import uuid

import requests
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from actions import encryption
from actions.encryption import EncryptedField

SECONDS = 10  # to answer in
# After 4 seconds, then 16, …: about a day in all. Then somebody of the team must look.
PATIENCE = RetryStrategy(max_attempts=8, exponential_wait=4)


class DeliveryFailed(Exception):
    """What was answered, and nothing of the person."""


class Delivery(models.Model):
    """Something that was not handed over yet. What was taken is deleted at once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(max_length=40)
    email_key = models.CharField(max_length=64, db_index=True)
    payload = EncryptedField()
    made_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=100, blank=True)  # the last one
    failed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery")
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    def send(self) -> None:
        """Raises DeliveryFailed."""
        body = self.payload.encode()
        moment = str(int(timezone.now().timestamp()))
        signed = b".".join([str(self.pk).encode(), moment.encode(), body])
        signature = hmac.new(settings.WEBHOOK_SECRET.encode(), signed, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": str(self.pk),
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
        try:
            answer = requests.post(
                settings.WEBHOOK_URL,
                data=body,
                headers=headers,
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise DeliveryFailed(type(error).__name__) from None
        if not 200 <= answer.status_code < 300:
            raise DeliveryFailed(f"HTTP {answer.status_code}")


def send(event: str, email: str, data: dict) -> None:
    """Queues it, in the transaction that it belongs to."""
    if not settings.WEBHOOK_URL:
        return
    key = encryption.lookups(email)[0]
    payload = {"type": event, "timestamp": timezone.now().isoformat(), "data": data}
    made = Delivery.objects.create(event=event, email_key=key, payload=json.dumps(payload))
    queue(made)


def queue(delivery: Delivery) -> None:
    app.configure_task("send_webhook").defer(delivery=str(delivery.pk))


def delete_person(email: str) -> None:
    """What waits of somebody goes nowhere any more; what was taken is to be deleted there, too."""
    Delivery.objects.filter(email_key__in=encryption.lookups(email)).delete()
    send("person.deleted", email, {"person": {"email_addresses": [{"address": email}]}})
