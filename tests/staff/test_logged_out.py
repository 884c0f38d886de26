"""Responses to an editor whose session has ended."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from mission.models import HomePage
from tests import factories


@pytest.mark.parametrize("csrf_checks", [False, True])
def test_autosave_without_session_gets_message(home: HomePage, csrf_checks: bool) -> None:
    client = Client(enforce_csrf_checks=csrf_checks)
    assert sentence(client, home) == (
        "You are signed out. What you typed is still here. "
        "Sign in again with the same account in another tab, and it will be saved."
    )


def test_autosave_without_two_factor_gets_message(home: HomePage, settings: Any) -> None:
    settings.TWO_STEP_LOGIN = True
    user = factories.UserFactory(is_superuser=True)
    TOTP.activate(user, "A" * 32)
    client = Client()
    client.force_login(user)
    assert sentence(client, home).startswith("You are signed out.")


def test_form_post_without_session_redirects_to_login(home: HomePage, client: Client) -> None:
    answer = client.post(f"/admin/pages/{home.pk}/edit/", headers={"accept": "text/html,*/*"})
    assert answer.headers["Location"].startswith("/account/login/?next=")


def sentence(client: Client, home: HomePage) -> str:
    headers = {"accept": "application/json"}  # as autosave sends it
    answer = client.post(f"/admin/pages/{home.pk}/edit/", headers=headers)
    assert answer.status_code == 400
    return answer.json()["error_message"]
