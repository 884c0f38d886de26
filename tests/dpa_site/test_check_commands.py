"""The commands check_database, check_storage and check_mail."""

import errno
import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now

from dpa_site.caching import version
from dpa_site.management.commands import check_certificate
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


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_backups_may_be_read_only_but_nothing_else(
    code: int, storage: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """compose.yaml mounts the directory of backups read-only in `web`."""
    error = OSError(code, os.strerror(code))
    save = FileSystemStorage._save
    monkeypatch.setattr(
        FileSystemStorage,
        "_save",
        lambda self, *args: raises(error)() if self.location == str(storage) else save(self, *args),
    )
    if code == errno.EROFS:
        call_command("check_storage")
    else:
        with pytest.raises(CommandError, match=r"^The storage of backups cannot be used: "):
            call_command("check_storage")
    shown = capsys.readouterr().out
    assert "The storage of uploads works." in shown
    assert ("The storage of backups is read-only here" in shown) == (code == errno.EROFS)
    monkeypatch.setattr(FileSystemStorage, "_save", raises(OSError(code, os.strerror(code))))
    with pytest.raises(CommandError, match=r"^The storage of uploads cannot be used: "):
        call_command("check_storage")


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


@pytest.mark.parametrize(
    ("lifetime", "left", "is_right"),
    [(90, 30, True), (90, 15, True), (90, 13, False), (6, 2, True), (6, 1, False)],
)
def test_certificate_is_renewed_in_time(
    lifetime: int, left: int, is_right: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTPS, settings.SITE_URL = True, "https://www.example.org"
    end = now() + timedelta(days=left, hours=1)
    times = {"notBefore": end - timedelta(days=lifetime), "notAfter": end}
    found = {name: f"{time:%b %d %H:%M:%S %Y} GMT" for name, time in times.items()}
    monkeypatch.setattr(check_certificate, "_fetch", lambda: found)
    output = StringIO()
    if is_right:
        call_command("check_certificate", stdout=output)
        words = f"The certificate of https://www.example.org is valid for {left} more days.\n"
        assert output.getvalue() == words
    else:
        with pytest.raises(CommandError, match="should have been renewed"):
            call_command("check_certificate")


def test_certificate_that_is_not_trusted_is_refused(settings: Any, tmp_path: Path) -> None:
    with tls_server(tmp_path) as port:
        settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{port}"
        with pytest.raises(CommandError, match=r"could not be checked: .*self-signed certificate"):
            call_command("check_certificate")
    with pytest.raises(CommandError, match=r"could not be checked: .*refused"):
        call_command("check_certificate")


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """The port of a server with a self-signed certificate, which accepts one connection."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ) + certificate.public_bytes(Encoding.PEM)
    (folder / "pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")

    def accept(server: socket.socket) -> None:
        with suppress(OSError), server.accept()[0] as client:
            context.wrap_socket(client, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, args=[server])
        thread.start()
        yield server.getsockname()[1]
        thread.join()
