from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from consent import withdrawal
from consent.models import ConsentRecord
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.roles import form_values


@pytest.fixture(autouse=True)
def _empty_withdrawal_list() -> None:
    """Delete the withdrawal files of earlier tests, which a rollback does not delete."""
    if default_storage.exists(withdrawal.FOLDER):
        for name in default_storage.listdir(withdrawal.FOLDER)[1]:
            default_storage.delete(f"{withdrawal.FOLDER}/{name}")


@pytest.fixture
def press(django_capture_on_commit_callbacks: Callable) -> Callable[..., Any]:
    """`press(client, "narrow", record, changed)` opens a form, changes values and submits it.

    A value of None removes the field.
    """

    def send(client: Client, name: str, record: ConsentRecord, changed: dict | None = None) -> Any:
        values = form_values(client, name, record) | (changed or {})
        values = {name: value for name, value in values.items() if value is not None}
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse(f"consent:{name}", args=[record.pk]), values, follow=True)

    return send


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    record = factories.consent(for_social=True, for_print=True, may_be_named=True)
    return factories.StoryPageFactory(parent=story_index, title="The door was open", consent=record)
