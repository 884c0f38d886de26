"""The list of health checks, and where it is shown."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.db import OperationalError, connection
from django.test import Client
from django.utils.timezone import now
from procrastinate.contrib.django import app
from wagtail.models import Page, Revision
from wagtail.users.models import UserProfile

from dpa_site import migrations_state, worker
from dpa_site.backups import store
from dpa_site.caching import cdn
from dpa_site.caching.version import cache_version
from dpa_site.models import Takedown
from dpa_site.observability import database_log, database_state, health_checks
from dpa_site.tasks import SCHEDULE
from dpa_site.version import VERSION
from dpa_site.worker import QUEUES
from staff.models import User
from tests import factories
from tests.translation_workflow import spanish

TOKEN = "a long token"
LONG_AGO = timedelta(days=2)


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def run_workers(count: int, age: timedelta = timedelta()) -> None:
    sql("DELETE FROM procrastinate_workers")
    for _number in range(count):
        sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", now() - age)


def add_backup(age: timedelta) -> None:
    folder = Path(django_settings.BACKUP_ROOT)
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / f"{now() - age:{store.NAME_FORMAT}}").touch()


def add_job(name: str, status: str = "todo", attempts: int = 0, **args: object) -> None:
    app.tasks[name].defer(**args)
    sql(
        "UPDATE procrastinate_jobs SET status = %s, attempts = %s"
        " WHERE id = (SELECT max(id) FROM procrastinate_jobs)",
        *(status, attempts),
    )


@pytest.fixture
def healthy(home: Page, storage: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    Path(settings.MEDIA_ROOT).mkdir()
    add_backup(timedelta(hours=1))
    run_workers(len(QUEUES))
    # The role of the tests is a superuser.
    monkeypatch.setattr(database_state, "role_rights", lambda: (False, True))
    settings.METRICS_TOKEN = TOKEN


def wait_in(queue: str) -> None:
    add_job(next(iter(SCHEDULE[queue])), timestamp=0)
    sql("UPDATE procrastinate_events SET at = %s", now() - LONG_AGO)


def schedule_page(**fields: object) -> Page:
    home = Page.objects.get(depth=2)
    page = factories.StandardPageFactory(parent=home, title="Withdrawn by Ana", slug="withdrawn")
    Page.objects.filter(pk=page.pk).update(**fields)
    return page


def be_late_to_publish(page: Page | None = None) -> None:
    revision = (page or schedule_page()).save_revision()
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=now() - LONG_AGO)


def fail_scheduled_command() -> None:
    add_job("expire_consent", "failed", timestamp=0)


def recover_scheduled_command() -> None:
    fail_scheduled_command()
    add_job("expire_consent", "succeeded", timestamp=1)


def fail_certificate(settings: Any) -> None:
    settings.HTTPS = True
    app.configure_task(health_checks.CERTIFICATE, queue="default").defer()
    sql("UPDATE procrastinate_jobs SET status = 'failed'")


def fail_purge() -> None:
    cdn.queue_purge()
    sql("UPDATE procrastinate_jobs SET status = 'failed', attempts = 8")


def miss_takedown(settings: Any) -> None:
    settings.EDGE_CACHE_ROOT = "/data/edge"
    Takedown.objects.create(at=now() - timedelta(minutes=1))


# Name of the check; what breaks it; the state and a part of the sentence.
CASES: dict[str, tuple[str, Callable[[Any, pytest.MonkeyPatch], Any], str, str]] = {
    "no worker": ("worker", lambda s, m: run_workers(0), "problem", "No worker runs"),
    "dead worker": ("worker", lambda s, m: run_workers(3, LONG_AGO), "problem", "No worker runs"),
    "incomplete worker": ("worker", lambda s, m: run_workers(2), "warning", "all of its queues"),
    "stuck schedule": ("worker", lambda s, m: wait_in("schedule"), "problem", "“schedule”"),
    "stuck outgoing": ("worker", lambda s, m: wait_in("outgoing"), "problem", "“outgoing”"),
    "stuck default": ("worker", lambda s, m: wait_in("default"), "problem", "“default”"),
    "late page": (
        *("schedule", lambda s, m: be_late_to_publish(), "problem"),
        "gone live already: 1. Pages that should no longer be public: 0.",
    ),
    "expired page": (
        *("schedule", lambda s, m: schedule_page(expire_at=now() - LONG_AGO), "problem"),
        "gone live already: 0. Pages that should no longer be public: 1.",
    ),
    "failing mail": (
        *("mail", lambda s, m: add_job("mail_steward", attempts=2, page_id=1), "warning"),
        "1 email or message to another server failed",
    ),
    "failed certificate": ("certificate", lambda s, m: fail_certificate(s), "warning", "not valid"),
    "failed job": ("jobs", lambda s, m: fail_scheduled_command(), "warning", "1 job was given up"),
    "recovered job": ("jobs", lambda s, m: recover_scheduled_command(), "ok", "No job"),
    "old backup": ("backups", lambda s, m: add_backup(LONG_AGO), "problem", "The last backup was"),
    "no backup": (
        *("backups", lambda s, m: m.setattr(store, "past_names", list), "problem"),
        "There is no backup yet.",
    ),
    "no backup key": (
        *("backups", lambda s, m: setattr(s, "BACKUP_PUBLIC_KEY", ""), "warning"),
        "BACKUP_PUBLIC_KEY is not set",
    ),
    "unreachable backups": (
        "backups",
        lambda s, m: m.setattr(store, "past_names", raises(OSError("secret"))),
        *("problem", "This could not be checked."),
    ),
    "failed purge": ("purges", lambda s, m: fail_purge(), "problem", "has not received page"),
    "full edge": ("purges", lambda s, m: miss_takedown(s), "problem", "deleted its copy"),
    "no storage": (
        *("storage", lambda s, m: setattr(s, "MEDIA_ROOT", "/not/there"), "problem"),
        "The storage of uploads is not available.",
    ),
    "read-only": (
        *("database", lambda s, m: sql("SET LOCAL transaction_read_only = on"), "problem"),
        "The database is read-only",
    ),
    "old server": (
        *("database", lambda s, m: m.setattr(database_state, "OLDEST_VERSION", 99), "warning"),
        "needs PostgreSQL 99",
    ),
    "superuser": (
        "database",
        lambda s, m: m.setattr(database_state, "role_rights", lambda: (True, True)),
        *("warning", "is a superuser"),
    ),
    "no createdb": (
        "database",
        lambda s, m: m.setattr(database_state, "role_rights", lambda: (False, False)),
        *("warning", "may not create databases"),
    ),
    "logged statements": (
        "database",
        lambda s, m: m.setattr(database_log, "unsafe_settings", lambda: [("log_statement", "all")]),
        *("warning", "these settings: log_statement."),
    ),
    "dropped notifications": (
        *("database", lambda s, m: m.setattr(cache_version, "is_unheard", True), "warning"),
        "DATABASE_LISTEN_URL",
    ),
    "no database": (
        "database",
        lambda s, m: m.setattr(database_state, "is_read_only", raises(OperationalError("secret"))),
        *("problem", "This could not be checked."),
    ),
    "old schema": (
        *("version", lambda s, m: m.setattr(migrations_state, "is_behind", lambda: True)),
        *("problem", "The database is older than the code."),
    ),
}


def raises(error: Exception) -> Callable:
    def fail() -> None:
        raise error

    return fail


def health() -> dict:
    return Client().get("/-/health", headers={"authorization": f"Bearer {TOKEN}"}).json()


def test_healthy_site_has_no_problem(healthy: None) -> None:
    found = health()
    assert {check["name"]: check["state"] for check in found["checks"]} == dict.fromkeys(
        health_checks.CHECKS, "ok"
    )
    assert found["state"] == "ok"
    assert found["checks"][-1]["sentence"] == f"The site runs version {VERSION}."


@pytest.mark.parametrize("case", CASES)
def test_fault_is_found(
    case: str, healthy: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, break_it, state, words = CASES[case]
    break_it(settings, monkeypatch)
    found = health()
    checks = {check["name"]: check for check in found["checks"]}
    assert words in checks[name]["sentence"]
    assert checks[name]["state"] == state
    assert found["state"] == state
    assert {each["name"] for each in checks.values() if each["state"] != "ok"} <= {name}
    for secret in ("secret", "Ana"):
        assert secret not in str(found)


def test_last_error_is_told_by_its_class(healthy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # The worker closes the connection of its thread. Here it is the connection of the test.
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    for job in ("mail_steward", "remind_stewards", "expire_consent"):
        worker.record_error(job, "OSError")
    worker.record_error("mail_steward", "SMTPServerDisconnected")
    add_job("mail_steward", attempts=2, page_id=1)
    fail_scheduled_command()
    details = {check.name: check.detail for check in health_checks.run_all()}
    assert "Last error: SMTPServerDisconnected in the job mail_steward, on " in details["mail"]
    assert details["jobs"] == "expire_consent: 1 (OSError)"


def test_translation_that_waits_for_its_original_is_not_late(healthy: None, home: Page) -> None:
    home.copy_for_translation(spanish())
    original = factories.StandardPageFactory(parent=home, slug="original", live=False)
    be_late_to_publish(original.copy_for_translation(spanish()))
    assert health_checks.schedule().sentence == "No page is late."
    Page.objects.filter(pk=original.pk).update(live=True)
    assert "gone live already: 1." in health_checks.schedule().sentence


def test_certificate_that_was_renewed_is_valid(healthy: None, settings: Any) -> None:
    settings.HTTPS = True
    assert health_checks.certificate().sentence == "The certificate has not been checked yet."
    fail_certificate(settings)
    add_job("check_links", "succeeded", timestamp=0)
    sql("UPDATE procrastinate_jobs SET task_name = %s", health_checks.CERTIFICATE)
    assert health_checks.certificate().sentence == "The certificate is valid."


def test_dashboard_asks_the_storage_only_every_few_minutes(
    healthy: None, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    past_names = store.past_names
    monkeypatch.setattr(store, "past_names", lambda: asked.append(True) or past_names())
    for _time in range(3):
        admin_client.get("/admin/")
    assert len(asked) == 1
    admin_client.get("/admin/reports/health/")
    assert len(asked) == 2


def test_every_check_has_a_fault() -> None:
    assert {name for name, *_case in CASES.values()} == health_checks.CHECKS.keys()


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer other"}])
def test_health_requires_token(sent: dict, healthy: None) -> None:
    assert Client().get("/-/health", headers=sent).status_code == 404


def test_report_shows_every_check_to_administrators(healthy: None, admin_client: Client) -> None:
    run_workers(0)
    html = admin_client.get("/admin/reports/health/").content.decode()
    for check in health_checks.run_all():
        assert check.sentence in html
    assert html.count('class="w-status"') == len(health_checks.CHECKS) - 1
    assert html.count("w-status--primary") == 1


def test_report_is_in_the_language_of_the_user(
    healthy: None, admin_client: Client, admin_user: User
) -> None:
    UserProfile.objects.create(user=admin_user, preferred_language="es")
    html = admin_client.get("/admin/reports/health/").content.decode()
    assert "El almacenamiento de archivos está disponible." in html
    assert health()["checks"][-1]["sentence"] == f"The site runs version {VERSION}."


def test_only_administrators_may_open_the_report(
    healthy: None, client: Client, admin_client: Client
) -> None:
    path = "/admin/reports/health/"
    assert path in admin_client.get("/admin/").content.decode()  # in the menu
    editor = factories.UserFactory(username="editor")
    editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(editor)
    assert path not in client.get("/admin/").content.decode()
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("is_administrator", [True, False])
def test_dashboard_tells_administrators_of_problems(
    is_administrator: bool, healthy: None, client: Client
) -> None:
    user = factories.UserFactory(username="somebody", is_superuser=is_administrator)
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    words = "No worker runs"
    assert words not in client.get("/admin/").content.decode()
    run_workers(0)
    html = client.get("/admin/").content.decode()
    assert (words in html) == is_administrator
    assert ("Problems with the site" in html) == is_administrator
    assert "No page is late." not in html
