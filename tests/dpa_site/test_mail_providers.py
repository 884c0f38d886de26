"""Sending mail through the API of a provider named in EMAIL_URL."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec, module_from_spec
from typing import Any, ClassVar

import pytest
from django.core.mail import get_connection
from django.test import override_settings

from actions.mails import send
from staff.mail import MailNotSent
from tests.dpa_site.production import GOOD, start

RECIPIENT = "rosa@example.org"


class Provider(BaseHTTPRequestHandler):
    """A local server that responds like Postmark."""

    response: ClassVar[tuple[int, dict]] = (200, {})
    requests: ClassVar[list[tuple[str, dict]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append((self.headers["X-Postmark-Server-Token"], json.loads(body)))
        status, data = self.response
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, *args: object) -> None:
        pass


def mail_settings(url: str) -> dict[str, Any]:
    """The settings that dpa_site/settings/mail.py derives from this EMAIL_URL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMAIL_URL", url)
        spec = find_spec("dpa_site.settings.mail")
        assert spec
        assert spec.loader
        loaded = module_from_spec(spec)
        spec.loader.exec_module(loaded)
    return {name: value for name, value in vars(loaded).items() if name.isupper()}


@pytest.fixture
def provider() -> Iterator[type[Provider]]:
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    Provider.requests.clear()
    api_url = f"http://127.0.0.1:{server.server_port}/"
    url = f"postmark://?server_token=a-key&api_url={api_url}"
    with override_settings(**mail_settings(url)):
        yield Provider
    server.shutdown()
    server.server_close()


def test_mail_is_sent_without_tracking(provider: type[Provider], settings: object) -> None:
    provider.response = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": RECIPIENT})
    send(RECIPIENT, "Hello", "actions/mails/delete", "en", link="https://www.example.org/")
    (key, mail) = provider.requests[0]
    assert (key, mail["To"], mail["Subject"]) == ("a-key", RECIPIENT, "Hello")
    assert "https://www.example.org/" in mail["TextBody"]
    assert (mail["TrackOpens"], mail["TrackLinks"]) == (False, "None")


def test_provider_error_is_retried_and_not_quoted(provider: type[Provider]) -> None:
    provider.response = (500, {"Message": f"{RECIPIENT}: later"})
    with pytest.raises(MailNotSent, match=r"500$") as caught:
        send(RECIPIENT, "Hello", "actions/mails/delete", "en", link="/")
    assert "rosa" not in str(caught.value)
    provider.response = (422, {"ErrorCode": 406, "Message": f"You tried to send to {RECIPIENT}"})
    send(RECIPIENT, "Hello", "actions/mails/delete", "en", link="/")  # inactive recipient: no retry


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("submission://me:secret@mail.example.org:587", "django.core.mail.backends.smtp"),
        ("mailgun://?api_key=k&sender_domain=mg.example.org", "anymail.backends.mailgun"),
        ("amazon-ses://", "anymail.backends.amazon_ses"),
    ],
)
def test_email_url_selects_backend(url: str, backend: str) -> None:
    with override_settings(**mail_settings(url)):
        assert type(get_connection()).__module__ == backend


def test_provider_without_key_stops_start() -> None:
    run = start("import django; django.setup()", **GOOD, EMAIL_URL="postmark://?token=a-key")
    assert run.returncode == 1
    assert run.stderr.startswith("EMAIL_URL lacks POSTMARK_SERVER_TOKEN. ")
    assert run.stderr.count("\n") == 1
