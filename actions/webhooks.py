"""Webhooks that tell the organization's CRM when a person confirms or is deleted.

By default, no webhooks are sent. Requests are signed as https://www.standardwebhooks.com specifies;
most programming languages have a library for it. The person is in OSDI format. docs/webhooks.md
describes signature and format.
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

TIMEOUT = 10  # seconds
# Waits 4 seconds, then 16 and so on: about a day in all. After that, a campaigner has to retry.
RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


class DeliveryFailed(Exception):
    """Raised when a webhook was not accepted.

    Its message is the status or the type of the error, without personal data.
    """


class Delivery(models.Model):
    """A webhook that the receiver has not accepted yet. The row is deleted when it does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(max_length=40)
    email_key = models.CharField(max_length=64, db_index=True)
    payload = EncryptedField()
    made_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=100, blank=True)  # status or type of the error
    failed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery")
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

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
            response = requests.post(
                settings.WEBHOOK_URL,
                data=body,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise DeliveryFailed(type(error).__name__) from None
        if not 200 <= response.status_code < 300:
            raise DeliveryFailed(f"HTTP {response.status_code}")


def send(event: str, email: str, data: dict) -> None:
    """Save and queue a webhook, in the current transaction."""
    if not settings.WEBHOOK_URL:
        return
    key = encryption.lookup_hashes(email)[0]
    payload = {"type": event, "timestamp": timezone.now().isoformat(), "data": data}
    delivery = Delivery.objects.create(event=event, email_key=key, payload=json.dumps(payload))
    queue(delivery)


def queue(delivery: Delivery) -> None:
    app.configure_task("send_webhook").defer(delivery=str(delivery.pk))


def delete_person(email: str) -> None:
    """Delete a person's pending webhooks, then ask the receiver to delete the person."""
    Delivery.objects.filter(email_key__in=encryption.lookup_hashes(email)).delete()
    send("person.deleted", email, {"person": {"email_addresses": [{"address": email}]}})
