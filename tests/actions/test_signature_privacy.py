import hashlib
from datetime import timedelta
from uuid import uuid4

from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.models import ActionPage
from actions.signatures import RateLimitExemption, Signature
from actions.webhooks import Delivery
from tests.actions.test_signatures import post_form
from tests.consent.test_withdrawal import columns_with


def test_signature_names_and_emails_are_stored_encrypted(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    post_form(client, petition.url, email="unspeakable@example.org", name="Rosa Unspeakable")
    with override_settings(WEBHOOK_URL="https://crm.example/", WEBHOOK_SECRET="s" * 32):
        signatures.confirm(Signature.objects.get())
    row, delivery = Signature.objects.get(), Delivery.objects.get()
    assert (row.email, row.name) == ("unspeakable@example.org", "Rosa Unspeakable")
    assert "unspeakable@example.org" in delivery.payload
    assert columns_with("unspeakable") == []


def test_signature_lookup_uses_keyed_hash(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    post_form(client, petition.url, email="rosa@example.org")
    assert len(Signature.objects.get().email_key) == 64
    for algorithm in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        assert columns_with(algorithm(b"rosa@example.org").hexdigest()) == []
    with override_settings(SIGNATURE_KEYS=["another key of fifty characters: 0123456789 abcd"]):
        assert not signatures.for_email("rosa@example.org").exists()
        assert not Signature.objects.get().is_readable


def test_purge_deletes_expired_exemptions_and_old_deliveries(petition: ActionPage) -> None:
    now = timezone.now()
    active_exemption = RateLimitExemption.objects.create(
        action=uuid4(), until=now + timedelta(minutes=1)
    )
    RateLimitExemption.objects.create(action=uuid4(), until=now - timedelta(minutes=1))
    recent, _old = (
        Delivery.objects.create(
            event="person.confirmed",
            email_key="x",
            payload="{}",
            made_at=now - timedelta(days=days),
        )
        for days in (89, 91)
    )
    call_command("purge_signatures")
    assert list(RateLimitExemption.objects.all()) == [active_exemption]
    assert list(Delivery.objects.all()) == [recent]


def test_deletion_cancels_pending_webhook_delivery(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    with override_settings(WEBHOOK_URL="https://crm.example/", WEBHOOK_SECRET="s" * 32):
        for email in ("rosa@example.org", "ben@example.org"):
            post_form(client, petition.url, email=email)
            signatures.confirm(signatures.for_email(email).get())
        signatures.delete("ROSA@example.org")
    waiting = {(one.event, "rosa@" in one.payload) for one in Delivery.objects.all()}
    assert waiting == {("person.confirmed", False), ("person.deleted", True)}
