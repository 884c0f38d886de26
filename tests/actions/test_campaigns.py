import csv
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry

from actions import signatures
from actions.campaigns import COLUMNS
from actions.counts import DayCount
from actions.encryption import lookup_hashes
from actions.models import ActionPage
from actions.signatures import RateLimitExemption, Signature
from tests import factories


def create_signature(page: ActionPage, email: str, name: str = "Rosa", **fields: Any) -> Signature:
    """Create a signature and confirm it."""
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


def test_deletion_without_entry_is_not_confirmed(petition: ActionPage, campaigner: Client) -> None:
    create_signature(petition, "rosa@example.org")
    answer = campaigner.post(reverse("participants"), {"email": "roas@example.org"}, follow=True)
    assert answer.context["form"].errors["email"] == [
        "No entry has this email address. Check its spelling."
    ]
    assert 'value="roas@example.org"' in answer.content.decode()
    assert not list(answer.context["messages"])
    assert Signature.objects.count() == 1


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


def test_mail_error_contains_no_email_address(petition: ActionPage) -> None:
    from smtplib import SMTPRecipientsRefused, SMTPSenderRefused

    from django.core.mail import EmailMultiAlternatives

    from actions.mails import send
    from staff.mail import MailNotSent

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
