"""The commands check_database, check_storage and check_mail."""

import smtplib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.db import connection

from dpa_site.caching import version
from dpa_site.observability import database_state


@pytest.fixture(autouse=True)
def _ordinary_role(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_state, "role_rights", lambda: (False, True))


def raises(error: Exception) -> Callable:
    def fail(*args: object, **options: object) -> None:
        raise error

    return fail


def test_database_has_what_the_site_needs(capsys: Any) -> None:
    call_command("check_database")
    assert "the database has what the site needs." in capsys.readouterr().out


def test_database_drops_notifications(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "HEARD_WITHIN", 0.2)
    monkeypatch.setattr(version, "_notify", lambda payload: None)
    with pytest.raises(CommandError, match=r"do not arrive.*DATABASE_LISTEN_URL"):
        call_command("check_database")


def test_database_is_read_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
    with pytest.raises(CommandError, match=r"PostgreSQL .*\nThe database is read-only"):
        call_command("check_database")


def test_database_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    error = psycopg.OperationalError("connection failed:\n  Connection refused")
    monkeypatch.setattr(psycopg, "connect", raises(error))
    with pytest.raises(CommandError) as caught:
        call_command("check_database")
    assert str(caught.value) == (
        "The database cannot be used: connection failed: Connection refused"
    )


def test_storages_work_and_no_file_is_left(storage: Path, settings: Any, capsys: Any) -> None:
    call_command("check_storage")
    assert capsys.readouterr().out == (
        "The storage of uploads works.\n"
        "The storage of public sizes of pictures works.\n"
        "The storage of backups works.\n"
    )
    folders = (Path(settings.MEDIA_ROOT), storage)
    assert not [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_storage_is_read_only(
    storage: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    error = OSError("[Errno 30] Read-only file system")
    save = FileSystemStorage._save
    monkeypatch.setattr(
        FileSystemStorage,
        "_save",
        lambda self, *args: raises(error)() if self.location == str(storage) else save(self, *args),
    )
    with pytest.raises(CommandError) as caught:
        call_command("check_storage")
    assert str(caught.value) == (
        "The storage of backups cannot be used: [Errno 30] Read-only file system"
    )
    assert "The storage of uploads works." in capsys.readouterr().out


def test_storage_that_loses_files_is_found(storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileSystemStorage, "delete", lambda self, name: None)
    with pytest.raises(CommandError, match=r"uploads .* was deleted, but it still exists"):
        call_command("check_storage")


def test_mail_is_sent(capsys: Any) -> None:
    call_command("check_mail", "her@example.org")
    (sent,) = mail.outbox
    assert sent.to == ["her@example.org"]
    assert "accepted the email" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: [Errno 111]"),
        (TimeoutError("timed out"), "TimeoutError: timed out"),
        (
            smtplib.SMTPAuthenticationError(535, b"wrong\npassword"),
            "SMTPAuthenticationError: (535, b'wrong\\npassword')",
        ),
    ],
)
def test_mail_is_refused(error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locmem.EmailBackend, "send_messages", raises(error))
    with pytest.raises(CommandError) as caught:
        call_command("check_mail", "her@example.org")
    assert str(caught.value).startswith(f"The email was not sent. {sentence}")


@pytest.mark.parametrize("name", ["console", "dummy", "filebased"])
def test_mail_has_no_server(name: str, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{name}.EmailBackend"
    with pytest.raises(CommandError, match="EMAIL_URL names no mail server"):
        call_command("check_mail", "her@example.org")
