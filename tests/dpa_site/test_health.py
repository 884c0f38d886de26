from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from procrastinate.contrib.django import app

from dpa_site import migrations_state
from dpa_site.version import VERSION


def test_live_needs_no_database_and_accepts_any_host(settings: object) -> None:
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]
    response = Client().get("/-/live", headers={"host": "10.0.0.7"})
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_with_database(client: Client) -> None:
    response = client.get("/-/ready")
    assert (response.status_code, response.content) == (200, f"ready\nversion {VERSION}\n".encode())


@pytest.mark.django_db
def test_not_ready_without_database(client: Client) -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        response = client.get("/-/ready")
    assert (response.status_code, response.content) == (
        503,
        f"no database\nversion {VERSION}\n".encode(),
    )


@pytest.mark.django_db
def test_not_ready_with_read_only_database(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
    response = client.get("/-/ready")
    assert (response.status_code, response.content[:25]) == (503, b"the database is read-only")


@pytest.mark.django_db
def test_not_ready_with_unapplied_migrations(client: Client) -> None:
    with patch("dpa_site.migrations_state.is_behind", return_value=True):
        response = client.get("/-/ready")
    assert (response.status_code, response.content[:26]) == (503, b"the database is older than")


@pytest.mark.django_db
def test_not_ready_without_media_root(client: Client, settings: object) -> None:
    settings.MEDIA_ROOT = "/not/there"  # type: ignore[attr-defined]
    response = client.get("/-/ready")
    assert (response.status_code, response.content) == (
        503,
        f"no storage\nversion {VERSION}\n".encode(),
    )


@pytest.mark.django_db
def test_migrations_state_is_behind_with_unapplied_migration() -> None:
    assert not migrations_state.is_behind()
    MigrationRecorder.Migration.objects.filter(app="staff").delete()
    assert migrations_state.is_behind()
    with pytest.raises(SystemExit, match="older than this code"):
        call_command("run_worker")


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer"}, {"authorization": "Bearer ö"}])
@pytest.mark.parametrize("token", ["", "a long token"])
@pytest.mark.django_db
def test_metrics_require_token(sent: dict, token: str, settings: object) -> None:
    settings.METRICS_TOKEN = token  # type: ignore[attr-defined]
    assert Client().get("/-/metrics", headers=sent).status_code == 404


@pytest.mark.django_db
def test_metrics_show_requests_jobs_and_backup(
    client: Client, settings: Any, storage: Path
) -> None:
    settings.METRICS_TOKEN = "a long token"
    storage.mkdir()
    (storage / "2026-11-25-081000.tar.age").touch()
    client.get("/robots.txt")
    app.tasks["purge_uploads"].defer(timestamp=0)
    # procrastinate records a success only for a job that was `doing`.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    app.tasks["check_links"].defer(timestamp=0)
    response = client.get("/-/metrics", headers={"authorization": "Bearer a long token"})
    shown = response.content.decode()
    assert 'site_request_seconds_count{method="GET",route="robots",status="200"' in shown
    assert 'site_jobs{status="todo"} 1.0' in shown
    assert 'site_job_last_success_timestamp_seconds{job="purge_uploads"}' in shown
    assert "site_backup_last_timestamp_seconds 1.7955942e+09" in shown
    assert 'site_health{check="worker"} 2.0' in shown
    assert f'site_info{{version="{VERSION}"}} 1.0' in shown
    assert response["Cache-Control"] == "no-store"
