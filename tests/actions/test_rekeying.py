import csv
import os
import runpy
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.models.functions import Cast
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector
from wagtail.models import PageLogEntry

from actions import signatures
from actions.encryption import Unreadable, lookup_hashes
from actions.models import ActionPage
from actions.rekeying import LINKS_BROKEN, WRONG_KEY, EncryptionState
from actions.signatures import Signature
from actions.webhooks import Delivery
from stories.contacts import Contact
from stories.models import StoryIndexPage
from tests import factories
from tests.actions.test_campaigns import create_signature
from tests.actions.test_signatures import ROSA, SAME_ORIGIN, link, post_form, run_queue
from tests.actions.test_webhooks import FakeJobContext
from tests.jobs import run_jobs

OLD = list(configured.SIGNATURE_KEYS)
NEW = "a new key of more than fifty characters: 0123456789 abcdefg"
DAMAGED = ["gAAAAABmZm9v", "ñ", "rosa@example.org"]  # truncated, not ASCII, not encrypted


def damage(row: models.Model, field: str, stored: str) -> None:
    changed = {field: models.Value(stored, models.TextField())}
    type(row)._base_manager.filter(pk=row.pk).update(**changed)


def stored(model: type[models.Model], field: str) -> set[str]:
    """The values of an encrypted field as they are in the database."""
    rows = model._base_manager.annotate(stored_text=Cast(field, models.TextField()))
    return set(rows.values_list("stored_text", flat=True))


@pytest.fixture
def webhooks(settings: Any, queue: InMemoryConnector) -> None:
    settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = "https://crm.example/", "s" * 32


@pytest.fixture
def contact(story_index: StoryIndexPage) -> Contact:
    story = factories.StoryPageFactory(parent=story_index)
    return Contact.objects.create(page=story, reach="on Mondays", key="k")


@pytest.mark.parametrize("value", DAMAGED)
@pytest.mark.parametrize("field", ["email", "name"])
def test_export_leaves_out_unreadable_row_and_says_so(
    petition: ActionPage, campaigner: Client, field: str, value: str
) -> None:
    damage(create_signature(petition, "bad@example.org"), field, value)
    create_signature(petition, "good@example.org")
    call_command("rekey")
    assert "1 entry about a person cannot be read" in screen(campaigner, "participants")
    response = campaigner.post(reverse("campaign_export", args=[petition.pk]))
    rows = csv.DictReader(StringIO(response.content.decode()))
    assert [row["email"] for row in rows] == ["good@example.org"]
    entry = PageLogEntry.objects.get(action="actions.export")
    assert entry.data == {"number": 1, "unreadable": 1}
    shown = screen(campaigner, "campaign", petition.pk)
    assert "1 person is missing in the file" in shown
    assert stored(Signature, field) >= {value}  # the value is not overwritten


def screen(client: Client, name: str, *args: int) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("value", DAMAGED)
def test_unreadable_rows_do_not_prevent_deletion(
    petition: ActionPage, webhooks: None, contact: Contact, value: str
) -> None:
    long_ago = timezone.now() - timedelta(days=91)
    for email in ("bad@example.org", "good@example.org"):
        create_signature(petition, email)
    for model, field in ((Signature, "email"), (Delivery, "payload"), (Contact, "reach")):
        damage(model.objects.first(), field, value)  # type: ignore[attr-defined]
    assert signatures.delete("bad@example.org") == 1  # its hash can still be found
    damage(Signature.objects.get(), "email", value)
    Signature.objects.update(signed_at=long_ago)
    Delivery.objects.update(made_at=long_ago)
    Contact.objects.update(sent_at=long_ago)
    call_command("purge_signatures")
    call_command("purge_contacts")
    assert not Signature.objects.exists()
    assert not Delivery.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("value", DAMAGED)
def test_unreadable_rows_are_skipped_by_links_and_jobs(
    petition: ActionPage, client: Client, webhooks: None, queue: InMemoryConnector, value: str
) -> None:
    signatures.take_part(petition.translation_key, ROSA, name="Rosa", language="en")
    row = Signature.objects.get()
    token, delete_token = row.token, signatures.deletion_token(row)
    damage(row, "email", value)
    signatures.request_deletion(ROSA)
    run_jobs(queue)  # no mail can be sent, but no job fails
    for path in (f"/take-part/confirm/{token}/", f"/take-part/delete/{delete_token}/"):
        assert client.get(path).status_code == 410
        assert client.post(path, headers=SAME_ORIGIN).status_code == 410
    create_signature(petition, "ben@example.org")
    damaged = Delivery.objects.get()
    damage(damaged, "payload", value)
    app.tasks["send_webhook"](FakeJobContext(0), delivery=str(damaged.pk))
    damaged.refresh_from_db()
    assert damaged.failed_at


def test_contact_page_says_that_details_are_unreadable(
    contact: Contact, admin_client: Client
) -> None:
    damage(contact, "reach", "nothing")
    html = screen(admin_client, "stories_contact", contact.page_id)
    assert "The contact details cannot be read" in html


def test_saving_unreadable_value_keeps_stored_value(petition: ActionPage) -> None:
    row = create_signature(petition, "rosa@example.org")
    damage(row, "name", "a token")
    found = Signature.objects.get()
    assert isinstance(found.name, Unreadable)
    found.save(update_fields=["name"])
    assert stored(Signature, "name") == {"a token"}


def test_rekeying_makes_old_key_unnecessary(
    petition: ActionPage, webhooks: None, contact: Contact, settings: Any
) -> None:
    create_signature(petition, ROSA)
    call_command("rekey")
    before = stored(Signature, "email") | stored(Delivery, "payload") | stored(Contact, "reach")
    call_command("rekey")  # nothing to do
    after = stored(Signature, "email") | stored(Delivery, "payload") | stored(Contact, "reach")
    assert before == after
    settings.SIGNATURE_KEYS = [NEW, *OLD]
    call_command("rekey")
    settings.SIGNATURE_KEYS = [NEW]
    assert not EncryptionState.is_key_wrong()
    assert EncryptionState.count_unreadable() == 0
    assert signatures.for_email(ROSA).get().name == "Rosa"
    assert Delivery.objects.for_email(ROSA).get().email == ROSA
    assert Contact.objects.get().reach == "on Mondays"


def test_signing_again_after_rotation_finds_the_row(petition: ActionPage, settings: Any) -> None:
    create_signature(petition, ROSA)
    settings.SIGNATURE_KEYS = [NEW, *OLD]
    for _again in range(2):
        signatures.take_part(petition.translation_key, ROSA, name="Rosa", language="en")
        call_command("rekey")
        assert Signature.objects.get().email_key == lookup_hashes(ROSA)[0]


def test_rekeying_survives_two_rows_of_a_person(petition: ActionPage, settings: Any) -> None:
    create_signature(petition, ROSA)
    settings.SIGNATURE_KEYS = [NEW]
    create_signature(petition, ROSA)
    settings.SIGNATURE_KEYS = [NEW, *OLD]
    create_signature(petition, "ben@example.org")
    call_command("rekey")
    assert signatures.delete(ROSA) == 2


def test_rekeying_does_not_insert_deleted_row(
    petition: ActionPage, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_signature(petition, ROSA)
    settings.SIGNATURE_KEYS = [NEW, *OLD]

    def hashes(email: str) -> list[str]:
        Signature.objects.all().delete()
        return lookup_hashes(email)

    monkeypatch.setattr("actions.rekeying.email_hashes", hashes)
    call_command("rekey")
    assert not Signature.objects.exists()


def start_web() -> None:
    with patch.dict(os.environ):  # gunicorn.conf.py sets PROMETHEUS_MULTIPROC_DIR
        runpy.run_path(str(configured.BASE_DIR / "gunicorn.conf.py"))["on_starting"](None)


@pytest.mark.parametrize(
    "start",
    [start_web, lambda: call_command("run_worker"), lambda: call_command("release")],
    ids=["web", "worker", "release"],
)
@pytest.mark.parametrize(
    ("keys", "starts"),
    [(OLD, True), ([NEW, *OLD], True), ([*OLD, NEW], True), ([NEW], False)],
    ids=["same", "new key first", "new key second", "changed in one step"],
)
def test_wrong_key_prevents_start_and_is_explained(
    db: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[[], None],
    keys: list[str],
    starts: bool,
) -> None:
    call_command("rekey")
    settings.SIGNATURE_KEYS = keys
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(connection, "close_pool", lambda: None)
    monkeypatch.setattr("dpa_site.management.commands.release.call_command", Mock())
    for name in ("CacheVersion", "edge", "worker"):
        monkeypatch.setattr(f"dpa_site.management.commands.run_worker.{name}", Mock())
    if starts:
        start()
    else:
        with pytest.raises(SystemExit, match="SIGNATURE_KEY cannot read the people"):
            start()


def test_rekey_deletes_rows_of_lost_key_only_with_option(
    petition: ActionPage, settings: Any
) -> None:
    call_command("rekey")
    create_signature(petition, ROSA)
    settings.SIGNATURE_KEYS = [NEW]
    create_signature(petition, "ben@example.org")
    with pytest.raises(CommandError, match="--delete-unreadable"):
        call_command("rekey")
    assert "--delete-unreadable" in WRONG_KEY
    call_command("rekey", delete_unreadable=True)
    assert not EncryptionState.is_key_wrong()
    assert [row.email for row in Signature.objects.all()] == ["ben@example.org"]


def test_mailed_links_work_after_both_keys_were_rotated(
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    mailoutbox: list,
    settings: Any,
) -> None:
    post_form(client, petition.url)
    confirm_link = link(run_queue(queue, mailoutbox))
    post_form(client, "/take-part/delete/")
    delete_link = link(run_queue(queue, mailoutbox))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new key for links, of more than fifty characters: 0123456789"
    settings.SIGNATURE_KEYS = [NEW, *OLD]
    call_command("rekey")
    settings.SIGNATURE_KEYS = [NEW]
    confirmed = client.post(confirm_link, headers=SAME_ORIGIN)
    assert confirmed["Location"].startswith("/take-part/thanks/")
    assert client.post(delete_link, headers=SAME_ORIGIN)["Location"] == "/take-part/deleted/"
    assert not Signature.objects.exists()


FIRST, SECOND = (
    f"{word} key for links, of more than fifty characters: 0123456789" for word in "ab"
)


@pytest.mark.parametrize(
    # SECOND is the first key in the settings for `hours` hours. Then the settings contain `keys`.
    ("hours", "keys", "broken"),
    [
        (0, [FIRST], False),
        (0, [SECOND], True),  # changed in one step
        (1, [SECOND, FIRST], False),
        (1, [FIRST, SECOND], False),
        # Links in mails to participants work for two days, links to choose a password for three,
        # and links to drafts for two weeks.
        (12, [SECOND], True),
        (49, [SECOND], True),
        (13 * 24, [SECOND], True),
        (15 * 24, [SECOND], False),
    ],
)
def test_release_warns_if_unexpired_links_use_a_removed_key(
    db: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hours: int,
    keys: list[str],
    broken: bool,
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = FIRST, [SECOND]
    call_command("rekey")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = SECOND, [FIRST]
    now = time.time()
    for later in range(hours + 1):
        monkeypatch.setattr("django.core.signing.time.time", lambda later=later: now + later * 3600)
        call_command("rekey")
    settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = keys
    monkeypatch.setattr("dpa_site.management.commands.release.call_command", Mock())
    call_command("release")
    assert (LINKS_BROKEN in capsys.readouterr().err) is broken
    call_command("rekey")
    assert not EncryptionState.are_links_broken()  # the warning is shown only once
