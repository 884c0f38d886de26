from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client


def test_alive_without_a_database_from_any_host(settings: object) -> None:
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]
    response = Client().get("/-/live", headers={"host": "10.0.0.7"})
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_while_the_database_answers(client: Client) -> None:
    assert client.get("/-/ready").status_code == 200


@pytest.mark.django_db
def test_not_ready_without_it(client: Client) -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        response = client.get("/-/ready")
    assert (response.status_code, response.content) == (503, b"no database\n")
