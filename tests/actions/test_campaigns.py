"""What campaigners can do with who took part, and what nobody can."""

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
from actions.encryption import lookups
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


def signed(page: ActionPage, email: str, name: str = "Rosa", **fields: Any) -> Signature:
    found = Signature.objects.create(
        action=page.translation_key,
        email=email,
        email_key=lookups(email)[0],
        name=name,
        language="en",
        **fields,
    )
    signatures.confirm(found)
    return found


def test_an_export_is_whole_harmless_and_written_down(
    petition: ActionPage, campaigner: Client
) -> None:
    signed(petition, "rosa@example.org", zip_code="875")
    signed(petition, "+plus@example.org", '=HYPERLINK("http://evil.example";"x")')
    signed(petition, "tab@example.org", "\t@SUM(A1)")
    signed(petition, "space@example.org", " =1+1")
    unconfirmed = Signature.objects.create(
        action=petition.translation_key, email="no@example.org", email_key="x", language="en"
    )
    assert unconfirmed.confirmed_at is None
    other = factories.ActionPageFactory(parent=petition.get_parent(), kind="join")
    signed(other, "elsewhere@example.org")
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
        "Exported 4 people",
    )


def test_somebody_is_deleted_by_email(petition: ActionPage, campaigner: Client) -> None:
    signed(petition, "rosa@example.org")
    signed(petition, "ben@example.org")
    campaigner.post(reverse("taking_part"), {"email": " ROSA@example.org"})
    assert [row.email for row in Signature.objects.all()] == ["ben@example.org"]
    assert "rosa" not in str(list(PageLogEntry.objects.values_list("data", "label"))).lower()
    assert PageLogEntry.objects.filter(action="actions.delete").count() == 1


def test_the_gate_is_opened_for_an_hour(petition: ActionPage, campaigner: Client) -> None:
    campaigner.post(reverse("campaign_exemption", args=[petition.pk]))
    left = RateLimitExemption.objects.get(action=petition.translation_key).until - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    html = campaigner.get(reverse("campaign", args=[petition.pk])).content.decode()
    assert "The rate limit is paused until" in html


@pytest.mark.parametrize(("number", "shown"), [(19, False), (20, True)])
def test_numbers_are_shown_when_they_say_nothing_of_anybody(
    petition: ActionPage, campaigner: Client, number: int, shown: bool
) -> None:
    DayCount.objects.create(
        action=petition.translation_key, day=timezone.localdate(), number=number
    )
    one, all_of_them = (
        campaigner.get(path)
        for path in (reverse("campaign", args=[petition.pk]), reverse("taking_part"))
    )
    assert one.status_code == all_of_them.status_code == 200
    html = one.content.decode()
    assert ("<rect" in html) is shown
    assert (f"{number} people have confirmed" in html) is shown
    assert "Sign here" in all_of_them.content.decode()
    assert (f">{number}<" in all_of_them.content.decode()) is shown


@pytest.mark.parametrize("role", ["Writers", "Editors", "Story stewards"])
def test_others_see_nothing_of_it(petition: ActionPage, role: str) -> None:
    signed(petition, "rosa@example.org")
    user, client = factories.UserFactory(), Client()
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    everything, one, export, gate, again = (
        reverse("taking_part"),
        *(reverse(name, args=[petition.pk]) for name in ("campaign", "campaign_export")),
        reverse("campaign_exemption", args=[petition.pk]),
        reverse("retry_webhooks"),
    )
    refusals = [client.get(path) for path in (everything, one)]
    refusals += [client.post(path) for path in (export, gate, again)]
    refusals.append(client.post(everything, {"email": "rosa@example.org"}))
    for refused in refusals:
        assert (refused.status_code, refused.headers.get("Location")) == (302, "/admin/")
    assert Signature.objects.count() == 1
    assert not RateLimitExemption.objects.exists()
    dashboard = client.get("/admin/")
    assert dashboard.status_code == 200
    assert "Participants" not in dashboard.content.decode()


class Crm(BaseHTTPRequestHandler):
    """Somebody else's system, which answers what it is told to."""

    answer, location = 200, ""
    taken: list[tuple[dict, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.taken.append((dict(self.headers), body))
        self.send_response(self.answer)
        if self.location:
            self.send_header("Location", self.location)
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - what a client sends that follows a redirect

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def crm(settings: Any) -> Iterator[type[Crm]]:
    server = HTTPServer(("127.0.0.1", 0), Crm)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    settings.WEBHOOK_SECRET = "s" * 32
    Crm.answer, Crm.location, Crm.taken = 200, "", []
    yield Crm
    server.shutdown()
    server.server_close()
    server.server_close()


class Turn:
    """What a job knows of itself."""

    def __init__(self, attempts: int) -> None:
        self.job = type("Job", (), {"attempts": attempts})


def test_nothing_is_handed_over_unless_somebody_says_so(
    petition: ActionPage, queue: InMemoryConnector
) -> None:
    signatures.delete(Signature.objects.filter(pk=signed(petition, "rosa@example.org").pk))
    assert not Delivery.objects.exists()
    assert not queue.jobs


def test_who_confirms_and_who_leaves_is_handed_over_signed(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    import base64
    import hashlib
    import hmac

    signed(petition, "rosa@example.org", zip_code="875")
    delivery = Delivery.objects.get()
    (job,) = queue.jobs.values()
    assert job["args"] == {"delivery": str(delivery.pk)}
    app.tasks["send_webhook"](Turn(0), **job["args"])
    assert not Delivery.objects.exists()
    headers, body = crm.taken[0]
    signed_words = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    expected = base64.b64encode(hmac.digest(b"s" * 32, signed_words, hashlib.sha256)).decode()
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
    signatures.delete(signatures.of_person("rosa@example.org"))
    Delivery.objects.get().send()
    assert json.loads(crm.taken[1][1])["type"] == "person.deleted"


def test_what_is_not_taken_is_tried_again_and_then_seen(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm], campaigner: Client
) -> None:
    crm.answer = 500
    signed(petition, "rosa@example.org")
    args = {"delivery": str(Delivery.objects.get().pk)}
    for attempts in (0, 7):
        with pytest.raises(DeliveryFailed, match="HTTP 500"):
            app.tasks["send_webhook"](Turn(attempts), **args)
    assert Delivery.objects.get().failed_at is None
    with pytest.raises(DeliveryFailed):
        app.tasks["send_webhook"](Turn(8), **args)
    html = campaigner.get(reverse("taking_part")).content.decode()
    assert "HTTP 500" in html
    assert "failed" in html
    assert "rosa@" not in html
    queue.reset()
    campaigner.post(reverse("retry_webhooks"))
    assert [job["args"] for job in queue.jobs.values()] == [args]
    crm.answer = 204
    app.tasks["send_webhook"](Turn(0), **args)
    assert not Delivery.objects.exists()


def test_hand_over_follows_no_redirect(
    petition: ActionPage, queue: InMemoryConnector, crm: type[Crm]
) -> None:
    crm.answer, crm.location = 302, "/elsewhere"
    signed(petition, "rosa@example.org")
    with pytest.raises(DeliveryFailed, match="HTTP 302"):
        Delivery.objects.get().send()
    assert len(crm.taken) == 1


def test_an_error_tells_nothing_of_the_person(petition: ActionPage) -> None:
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
