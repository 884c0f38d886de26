"""A translation goes live with its original, not before it, and expires with it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from mission.models import HomePage, StandardPage
from tests import factories
from tests.test_roles import client_for
from tests.translation_workflow import begin, publish, spanish, write

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _run_on_commit_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    """wagtail-localize publishes translations on commit, but the test rolls back."""
    monkeypatch.setattr(transaction, "on_commit", lambda job, *args, **kwargs: job())


@pytest.fixture
def editor(home: HomePage) -> Client:
    home.copy_for_translation(spanish()).save_revision().publish()
    return client_for("Editors")


@pytest.fixture
def embargoed(editor: Client, home: HomePage) -> StandardPage:
    """A page that goes live in two days and expires in nine."""
    page = factories.StandardPageFactory(parent=home, slug="embargoed", live=False)
    schedule(page, in_days(2), in_days(9))
    return page


def in_days(days: int) -> datetime:
    """Without microseconds, as in the form."""
    return timezone.now().replace(microsecond=0) + days * DAY


def schedule(page: Page, go_live_at: datetime | None, expire_at: datetime | None) -> None:
    page.refresh_from_db()
    page.go_live_at, page.expire_at = go_live_at, expire_at
    page.save_revision().publish()


def cancel(page: Page) -> None:
    page.scheduled_revision.approved_go_live_at = None
    page.revisions.update(approved_go_live_at=None)


def postpone(page: Page) -> None:
    schedule(page, in_days(5), None)


def on_day(days: float) -> None:
    later = timezone.now() + days * DAY
    with patch("django.utils.timezone.now", return_value=later):
        call_command("publish_scheduled")


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


def dashboard(client: Client) -> str:
    """The dashboard, with the messages about what was done before."""
    return client.get("/admin/").content.decode()


def test_translation_goes_live_and_expires_with_its_original(
    editor: Client, embargoed: StandardPage
) -> None:
    write(begin(embargoed))
    copy = publish(editor, embargoed)
    assert "goes live together with its original" in dashboard(editor)
    assert not copy.live
    on_day(1)
    assert not is_live(copy)
    on_day(2.1)
    assert is_live(embargoed)
    assert is_live(copy)
    on_day(9.1)
    assert not is_live(copy)


@pytest.mark.parametrize("change", [cancel, lambda page: schedule(page, in_days(5), None)])
def test_translation_waits_until_its_original_is_published(
    editor: Client, embargoed: StandardPage, change: Callable[[Page], None]
) -> None:
    write(begin(embargoed))
    copy = publish(editor, embargoed)
    change(embargoed)
    on_day(3)
    assert not is_live(copy)
    assert "Publish the original first" in dashboard(editor)  # the row of the dashboard
    schedule(embargoed, None, None)
    on_day(3)
    assert is_live(copy)


def test_translation_goes_live_when_its_original_is_published_earlier(
    editor: Client, embargoed: StandardPage
) -> None:
    write(begin(embargoed))
    copy = publish(editor, embargoed)
    schedule(embargoed, None, in_days(4))
    call_command("publish_scheduled")
    assert is_live(copy)
    assert Page.objects.get(pk=copy.pk).expire_at == Page.objects.get(pk=embargoed.pk).expire_at
    on_day(4.1)
    assert not is_live(copy)


def test_incomplete_translation_is_not_scheduled(editor: Client, embargoed: StandardPage) -> None:
    begin(embargoed)
    copy = publish(editor, embargoed)
    assert "segments are not translated yet" in dashboard(editor)
    assert copy.scheduled_revision is None


def test_translation_of_a_draft_is_not_published(editor: Client, home: HomePage) -> None:
    draft = factories.StandardPageFactory(parent=home, slug="draft", live=False)
    write(begin(draft))
    assert not publish(editor, draft).live
    assert "Publish the original first" in dashboard(editor)


def test_translation_takes_over_a_changed_expiry(editor: Client, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="brief")
    schedule(page, None, in_days(1))
    write(begin(page))
    assert publish(editor, page).expire_at == page.expire_at
    page.refresh_from_db()
    schedule(page, None, None)
    assert publish(editor, page).expire_at is None
