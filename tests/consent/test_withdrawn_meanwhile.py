"""Forms show a message if their object is withdrawn while they are saved."""

from typing import Any

import pytest
from django.urls import reverse

from consent import changes, withdrawal
from consent.models import ConsentRecord
from consent.record_views import ChangeView
from pictures import forms
from pictures.models import Picture
from stories.models import StoryPage
from tests import factories
from tests.consent.roles import client_of, form_values, text_of, user_with_role

SENTENCE = "somebody has since deleted, withdrawn or replaced it"


def withdraw_before(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, record: ConsentRecord
) -> None:
    """Make the function `name` of a module or class withdraw the record before it runs."""
    usual = getattr(owner, name)

    def withdraw_first(*args: object, **kwargs: object) -> object:
        if ConsentRecord.objects.filter(pk=record.pk).exists():
            withdrawal.withdraw(withdrawal.make_plan([record]))
        return usual(*args, **kwargs)

    monkeypatch.setattr(owner, name, withdraw_first)


@pytest.mark.parametrize("view", ["narrow", "edit"])
@pytest.mark.parametrize(
    ("owner", "name", "typed"),
    [
        (ChangeView, "save_instance", {"for_social": ""}),
        (changes, "change", {"for_social": ""}),
        (changes, "change", {"child_approved": ""}),
        (ChangeView, "form_invalid", {"expires_on": ""}),
        (ChangeView, "show_both_versions", {"for_social": "", "seen": "another"}),
    ],
)
def test_record_withdrawn_during_save_shows_a_message(
    story: StoryPage,
    monkeypatch: pytest.MonkeyPatch,
    view: str,
    owner: Any,
    name: str,
    typed: dict,
) -> None:
    ConsentRecord.objects.update(shown="child", child_approved_at="2026-01-01T00:00Z")
    record = ConsentRecord.objects.get()
    client = client_of(user_with_role("administrator"))
    values = form_values(client, view, record)
    withdraw_before(monkeypatch, owner, name, record)
    response = client.post(reverse(f"consent:{view}", args=[record.pk]), values | typed)
    assert response.status_code == 404
    assert SENTENCE in text_of(response)


def test_record_withdrawn_during_permission_check_shows_a_message(
    story: StoryPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(user_with_role("Editors"))
    withdraw_before(monkeypatch, changes, "items_of", story.consent)
    response = client.get(reverse("consent:inspect", args=[story.consent_id]))
    assert SENTENCE in text_of(response)


@pytest.mark.parametrize(
    ("owner", "name"), [(forms, "answer_who_is_shown"), (Picture, "make_first_size")]
)
def test_picture_withdrawn_during_save_shows_a_message(
    db: None, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    photo = factories.picture("The face")
    ConsentRecord.objects.update(shown="")
    client = client_of(user_with_role("administrator"))
    withdraw_before(monkeypatch, owner, name, photo.consent)
    typed = {"title": "The face", "description": "A face at a window", "shown": "child"}
    response = client.post(reverse("wagtailimages:edit", args=[photo.pk]), typed)
    assert response.status_code == 404
    assert SENTENCE in text_of(response)
