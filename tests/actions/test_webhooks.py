import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.models import ActionPage
from actions.signatures import Signature
from actions.webhooks import Delivery, DeliveryFailed
from tests.actions.test_campaigns import create_signature


class Crm(BaseHTTPRequestHandler):
    """A webhook receiver that returns the status it is set to."""

    status, location = 200, ""
    received: list[tuple[dict, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.received.append((dict(self.headers), body))
        self.send_response(self.status)
        if self.location:
            self.send_header("Location", self.location)
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - a client that follows a redirect sends GET

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def crm(settings: Any) -> Iterator[type[Crm]]:
    server = HTTPServer(("127.0.0.1", 0), Crm)
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    settings.WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    settings.WEBHOOK_SECRET = "s" * 32
    Crm.status, Crm.location, Crm.received = 200, "", []
    yield Crm
    server.shutdown()
    server.server_close()


class FakeJobContext:
    """Stands in for procrastinate's JobContext; holds the number of attempts."""

    def __init__(self, attempts: int) -> None:
        self.job = type("Job", (), {"attempts": attempts})


def test_webhook_is_off_without_url(petition: ActionPage, queue: InMemoryConnector) -> None:
    create_signature(petition, "rosa@example.org")
    signatures.delete("rosa@example.org")
    assert not Delivery.objects.exists()
    assert not queue.jobs


def test_webhook_sends_signed_confirmation_and_deletion(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    create_signature(petition, "rosa@example.org", zip_code="875")
    delivery = Delivery.objects.get()
    (job,) = queue.jobs.values()
    assert job["args"] == {"delivery": str(delivery.pk)}
    app.tasks["send_webhook"](FakeJobContext(0), **job["args"])
    assert not Delivery.objects.exists()
    headers, body = crm.received[0]
    signed_content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    expected = base64.b64encode(hmac.digest(b"s" * 32, signed_content, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    sent = json.loads(body)
    assert sent["type"] == "person.confirmed"
    assert sent["data"]["person"] == {
        "email_addresses": [
            {"address": "rosa@example.org", "primary": True, "status": "unsubscribed"}
        ],
        "languages_spoken": ["en"],
        "postal_addresses": [{"postal_code": "875", "country": "US"}],
        "custom_fields": {"full_name": "Rosa"},
    }
    signatures.delete("rosa@example.org")
    Delivery.objects.get().send()
    assert json.loads(crm.received[1][1])["type"] == "person.deleted"


def test_webhook_failure_is_retried_and_then_listed(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm], campaigner: Client
) -> None:
    crm.status = 500
    create_signature(petition, "rosa@example.org")
    args = {"delivery": str(Delivery.objects.get().pk)}
    for attempts in (0, 7):
        with pytest.raises(DeliveryFailed, match="HTTP 500"):
            app.tasks["send_webhook"](FakeJobContext(attempts), **args)
    assert Delivery.objects.get().failed_at is None
    with pytest.raises(DeliveryFailed):
        app.tasks["send_webhook"](FakeJobContext(8), **args)
    html = campaigner.get(reverse("participants")).content.decode()
    assert "HTTP 500" in html
    assert "failed" in html
    assert "rosa@" not in html
    queue.reset()
    campaigner.post(reverse("retry_webhooks"))
    assert [job["args"] for job in queue.jobs.values()] == [args]
    crm.status = 204
    app.tasks["send_webhook"](FakeJobContext(0), **args)
    assert not Delivery.objects.exists()


def test_webhook_follows_no_redirect(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    crm.status, crm.location = 302, "/elsewhere"
    create_signature(petition, "rosa@example.org")
    with pytest.raises(DeliveryFailed, match="HTTP 302"):
        Delivery.objects.get().send()
    assert len(crm.received) == 1


def send(delivery: Delivery, attempts: int = 0) -> None:
    """Run the job of a delivery."""
    app.tasks["send_webhook"](FakeJobContext(attempts), delivery=str(delivery.pk))


def events(crm: type[Crm]) -> list[str]:
    """The types of the requests that the receiver got."""
    return [json.loads(body)["type"] for _headers, body in crm.received]


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("attempts", [0, 8])
def test_deletion_of_person_during_request_cancels_retry(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm], status: int, attempts: int
) -> None:
    create_signature(petition, "rosa@example.org")
    confirmed = Delivery.objects.get()
    crm.status = status
    with pytest.MonkeyPatch.context() as patch:
        real_send = Delivery.send

        def send_meanwhile(self: Delivery) -> None:
            signatures.delete("rosa@example.org")
            real_send(self)

        patch.setattr(Delivery, "send", send_meanwhile)
        if status == 200:
            send(confirmed, attempts)
        else:
            with pytest.raises(DeliveryFailed):
                send(confirmed, attempts)
    assert [one.event for one in Delivery.objects.all()] == ["person.deleted"]
    crm.status = 200
    send(confirmed, attempts)  # the retry that was queued
    assert events(crm) == ["person.confirmed"]
    send(Delivery.objects.get())
    assert events(crm) == ["person.confirmed", "person.deleted"]


def test_delivery_deleted_during_manual_retry_is_not_sent(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm], campaigner: Client
) -> None:
    crm.status = 500
    create_signature(petition, "rosa@example.org")
    confirmed = Delivery.objects.get()
    with pytest.raises(DeliveryFailed):
        send(confirmed, attempts=8)
    with pytest.MonkeyPatch.context() as patch:
        # The delivery is deleted after the view has read the rows.
        update = Delivery.objects.filter().__class__.update

        def update_late(self: Any, **values: Any) -> int:
            Delivery.objects.filter(pk=confirmed.pk).delete()
            return update(self, **values)

        patch.setattr(type(Delivery.objects.all()), "update", update_late)
        queue.reset()
        campaigner.post(reverse("retry_webhooks"))
    assert not Delivery.objects.exists()
    assert not queue.jobs


def test_deliveries_about_one_person_are_sent_in_order(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    create_signature(petition, "rosa@example.org")
    signatures.delete("rosa@example.org")
    create_signature(petition, "Rosa@Example.org")  # she has changed her mind
    create_signature(petition, "ben@example.org")
    deleted, again, of_ben = Delivery.objects.all()
    assert [deleted.event, again.event] == ["person.deleted", "person.confirmed"]
    crm.status = 500
    with pytest.raises(DeliveryFailed):
        send(again)
    assert events(crm) == ["person.deleted"]  # the later delivery waits
    again.refresh_from_db()
    assert again.last_error == "HTTP 500"  # shown in the CMS
    crm.status = 200
    send(of_ben)  # deliveries about other people do not wait
    send(again)
    assert events(crm) == [
        "person.deleted",
        "person.confirmed",
        "person.deleted",
        "person.confirmed",
    ]
    assert [headers["webhook-id"] for headers, _body in crm.received] == [
        str(one.pk) for one in (deleted, of_ben, deleted, again)
    ]
    assert not Delivery.objects.exists()


def test_repeated_request_has_same_id_and_body(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    create_signature(petition, "rosa@example.org")
    crm.status = 503
    for _attempt in range(2):
        with pytest.raises(DeliveryFailed):
            send(Delivery.objects.get())
    (first, body), (again, same_body) = crm.received
    assert first["webhook-id"] == again["webhook-id"]
    assert body == same_body


@pytest.mark.parametrize(
    ("prepare", "is_sent"),
    [
        (lambda page: create_signature(page, "rosa@example.org"), True),
        (
            lambda page: signatures.take_part(
                page.translation_key, "rosa@example.org", name="Rosa", language="en"
            ),
            False,
        ),
        (lambda page: create_signature(page, "rosa@example.org").delete(), True),
        (lambda page: None, False),
    ],
    ids=["confirmed", "not confirmed", "only the delivery is left", "unknown"],
)
def test_deletion_in_cms_is_sent_if_receiver_may_know_the_person(
    petition: ActionPage,
    queue: InMemoryConnector,
    crm: type[Crm],
    campaigner: Client,
    prepare: Callable[[ActionPage], object],
    is_sent: bool,
) -> None:
    prepare(petition)
    campaigner.post(reverse("participants"), {"email": "ROSA@example.org"})
    assert not Signature.objects.exists()
    assert [one.event for one in Delivery.objects.all()] == ["person.deleted"] * is_sent
