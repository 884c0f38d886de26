"""The password must be entered again before second steps are changed."""

import pytest
from django.test import Client

from staff.models import User
from tests.staff.sessions import age_proofs

PASSWORD = "a long password of hers"


@pytest.fixture
def signed_in_an_hour_ago(home: object, client: Client) -> Client:
    User.objects.create_superuser("rosa", password=PASSWORD)
    client.post("/account/login/", {"login": "rosa", "password": PASSWORD})
    age_proofs(client, 60 * 60)
    return client


def confirm(client: Client, password: str) -> int:
    return client.post("/account/confirm/", {"password": password}).status_code


def test_reauthentication_is_limited_to_ten_attempts(signed_in_an_hour_ago: Client) -> None:
    assert {confirm(signed_in_an_hour_ago, "wrong") for _ in range(10)} == {200}
    refused = signed_in_an_hour_ago.post("/account/confirm/", {"password": PASSWORD})
    assert refused.status_code == 429
    asked = signed_in_an_hour_ago.get("/account/second-step/app/add/")
    assert asked.headers["Location"].startswith("/account/confirm/")


def test_reauthentication_opens_two_factor_page(signed_in_an_hour_ago: Client) -> None:
    add = "/account/second-step/app/add/"
    assert signed_in_an_hour_ago.get(add).headers["Location"].startswith("/account/confirm/")
    assert confirm(signed_in_an_hour_ago, PASSWORD) == 302
    assert signed_in_an_hour_ago.get(add).status_code == 200
