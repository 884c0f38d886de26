"""Campaigner views: export, deletion, rate limit exemption and webhooks."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector
from wagtail.models import PageLogEntry

from actions import signatures
from actions.campaigns import COLUMNS
from actions.counts import DayCount
from actions.encryption import lookup_hashes
from actions.models import ActionPage
from actions.signatures import RateLimitExemption, Signature
from actions.webhooks import Delivery, DeliveryFailed
from tests import factories


@pytest.fixture
def campaigner(db: None) -> Client:
    user = factories.UserFactory(username="cam")
    user.groups.add(Group.objects.get(name="Campaigners"))
    client = Client()
    client.force_login(user)
    return client


def create_signature(page: ActionPage, email: str, name: str = "Rosa", **fields: Any) -> Signature:
    signature = Signature.objects.create(
        action=page.translation_key,
        email=email,
        email_key=lookup_hashes(email)[0],
        name=name,
        language="en",
        **fields,
    )
    signatures.confirm(signature)
    return signature


def test_export_lists_confirmed_people_escapes_formulas_and_is_logged(
    petition: ActionPage, campaigner: Client
) -> None:
    create_signature(petition, "rosa@example.org", zip_code="875")
    create_signature(petition, "+plus@example.org", '=HYPERLINK("http://evil.example";"x")')
    create_signature(petition, "tab@example.org", "\t@SUM(A1)")
    create_signature(petition, "space@example.org", " =1+1")
    unconfirmed = Signature.objects.create(
        action=petition.translation_key, email="no@example.org", email_key="x", language="en"
    )
    assert unconfirmed.confirmed_at is None
    other = factories.ActionPageFactory(parent=petition.get_parent(), kind="join")
    create_signature(other, "elsewhere@example.org")
    assert campaigner.get(reverse("campaign_export", args=[petition.pk])).status_code == 405
    shown = campaigner.get(reverse("campaign", args=[petition.pk])).content.decode()
    assert "Import it into your system today, then delete it" in shown
    assert "rosa@" not in shown
    response = campaigner.post(reverse("campaign_export", args=[petition.pk]))
    assert "no-store" in response["Cache-Control"]
    rows = list(csv.DictReader(StringIO(response.content.decode())))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 4
    assert rows[0]["email"] == "rosa@example.org"
    assert rows[0]["zip_code"] == "875"
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.strip()[:1] in {"=", "+", "-", "@"}]
    entry = PageLogEntry.objects.get(action="actions.export")
    assert (entry.user.username, entry.data, entry.message) == (
        "cam",
        {"number": 4},
        "Exported the data of 4 people",
    )


def test_deletion_by_email_ignores_case_and_logs_no_email(
    petition: ActionPage, campaigner: Client
) -> None:
    create_signature(petition, "rosa@example.org")
    create_signature(petition, "ben@example.org")
    campaigner.post(reverse("participants"), {"email": " ROSA@example.org"})
    assert [row.email for row in Signature.objects.all()] == ["ben@example.org"]
    assert "rosa" not in str(list(PageLogEntry.objects.values_list("data", "label"))).lower()
    assert PageLogEntry.objects.filter(action="actions.delete").count() == 1


def test_rate_limit_exemption_lasts_one_hour(petition: ActionPage, campaigner: Client) -> None:
    campaigner.post(reverse("campaign_exemption", args=[petition.pk]))
    left = RateLimitExemption.objects.get(action=petition.translation_key).until - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    html = campaigner.get(reverse("campaign", args=[petition.pk])).content.decode()
    assert "the rate limit is paused: everyone can sign" in html


@pytest.mark.parametrize(("number", "shown"), [(19, False), (20, True)])
def test_campaign_counts_are_hidden_below_twenty(
    petition: ActionPage, campaigner: Client, number: int, shown: bool
) -> None:
    DayCount.objects.create(
        action=petition.translation_key, day=timezone.localdate(), number=number
    )
    detail, overview = (
        campaigner.get(path)
        for path in (reverse("campaign", args=[petition.pk]), reverse("participants"))
    )
    assert detail.status_code == overview.status_code == 200
    html = detail.content.decode()
    assert ("<rect" in html) is shown
    assert (f"{number} people have confirmed" in html) is shown
    assert "Sign here" in overview.content.decode()
    assert (f">{number}<" in overview.content.decode()) is shown


@pytest.mark.parametrize("role", ["Writers", "Editors", "Story stewards"])
def test_campaign_views_reject_other_roles(petition: ActionPage, role: str) -> None:
    create_signature(petition, "rosa@example.org")
    user, client = factories.UserFactory(), Client()
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    overview, detail, export, exemption, retry = (
        reverse("participants"),
        *(reverse(name, args=[petition.pk]) for name in ("campaign", "campaign_export")),
        reverse("campaign_exemption", args=[petition.pk]),
        reverse("retry_webhooks"),
    )
    refusals = [client.get(path) for path in (overview, detail)]
    refusals += [client.post(path) for path in (export, exemption, retry)]
    refusals.append(client.post(overview, {"email": "rosa@example.org"}))
    for refused in refusals:
        assert (refused.status_code, refused.headers.get("Location")) == (302, "/admin/")
    assert Signature.objects.count() == 1
    assert not RateLimitExemption.objects.exists()
    dashboard = client.get("/admin/")
    assert dashboard.status_code == 200
    assert "Participants" not in dashboard.content.decode()


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
    Thread(target=server.serve_forever, daemon=True).start()
    settings.WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    settings.WEBHOOK_SECRET = "s" * 32
    Crm.status, Crm.location, Crm.received = 200, "", []
    yield Crm
    server.shutdown()
    server.server_close()
    server.server_close()


class FakeJobContext:
    """Stands in for procrastinate's JobContext; holds the number of attempts."""

    def __init__(self, attempts: int) -> None:
        self.job = type("Job", (), {"attempts": attempts})


def test_webhook_is_off_without_url(petition: ActionPage, queue: InMemoryConnector) -> None:
    signatures.delete(
        Signature.objects.filter(pk=create_signature(petition, "rosa@example.org").pk)
    )
    assert not Delivery.objects.exists()
    assert not queue.jobs


def test_webhook_sends_signed_confirmation_and_deletion(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    import base64
    import hashlib
    import hmac

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
    signatures.delete(signatures.for_email("rosa@example.org"))
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


def test_mail_error_contains_no_email_address(petition: ActionPage) -> None:
    from smtplib import SMTPRecipientsRefused, SMTPSenderRefused

    from django.core.mail import EmailMultiAlternatives

    from actions.mails import MailNotSent, send

    refusals = (
        SMTPRecipientsRefused({"rosa@example.org": (450, b"rosa@example.org: later")}),
        SMTPSenderRefused(451, b"rosa@example.org", "rosa@example.org"),
        OSError("rosa@example.org"),
    )
    for refusal in refusals:
        with (
            patch.object(EmailMultiAlternatives, "send", side_effect=refusal),
            pytest.raises(MailNotSent) as caught,
        ):
            send("rosa@example.org", "Hello", "actions/mails/delete", "en", link="/")
        assert "rosa" not in str(caught.value)
        assert caught.value.__suppress_context__
