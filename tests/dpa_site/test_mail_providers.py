"""Mails go out through the interface of a provider where EMAIL_URL names one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec, module_from_spec
from typing import Any, ClassVar

import pytest
from django.test import override_settings

from actions.mails import MailNotSent, send
from tests.dpa_site.test_settings import GOOD, start

ROSA = "rosa@example.org"
SET_UP = (
    "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'dpa_site.settings.production'\n"
    "django.setup(); from django.core.mail import get_connection\n"
    "print(type(get_connection()).__module__)"
)


class Provider(BaseHTTPRequestHandler):
    """Answers like Postmark, on this machine."""

    answer: ClassVar[tuple[int, dict]] = (200, {})
    got: ClassVar[list[tuple[str, dict]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["X-Postmark-Server-Token"], json.loads(body)))
        status, words = self.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(words).encode())

    def log_message(self, *args: object) -> None:
        pass


def mail_settings(url: str) -> dict[str, Any]:
    """What dpa_site/settings/mail.py makes of this EMAIL_URL."""
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
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Provider.got.clear()
    address = f"http://127.0.0.1:{server.server_port}/"
    url = f"postmark://?server_token=a-key&api_url={address}"
    with override_settings(**mail_settings(url)):
        yield Provider
    server.shutdown()
    server.server_close()


def test_a_reader_gets_a_mail_that_nobody_counts(
    provider: type[Provider], settings: object
) -> None:
    provider.answer = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": ROSA})
    send(ROSA, "Hello", "actions/mails/delete", "en", link="https://www.example.org/")
    (key, mail) = provider.got[0]
    assert (key, mail["To"], mail["Subject"]) == ("a-key", ROSA, "Hello")
    assert "https://www.example.org/" in mail["TextBody"]
    assert (mail["TrackOpens"], mail["TrackLinks"]) == (False, "None")


def test_what_a_provider_answers_is_tried_again_and_not_quoted(provider: type[Provider]) -> None:
    provider.answer = (500, {"Message": f"{ROSA}: later"})
    with pytest.raises(MailNotSent, match=r"500$") as caught:
        send(ROSA, "Hello", "actions/mails/delete", "en", link="/")
    assert "rosa" not in str(caught.value)
    provider.answer = (422, {"ErrorCode": 406, "Message": f"You tried to send to {ROSA}"})
    send(ROSA, "Hello", "actions/mails/delete", "en", link="/")  # nobody there: not again


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("submission://me:secret@mail.example.org:587", "django.core.mail.backends.smtp"),
        ("mailgun://?api_key=k&sender_domain=mg.example.org", "anymail.backends.mailgun"),
        ("amazon-ses://", "anymail.backends.amazon_ses"),
    ],
)
def test_one_setting_says_how(url: str, backend: str) -> None:
    assert start(SET_UP, **GOOD, EMAIL_URL=url).stdout == f"{backend}\n"


def test_a_provider_without_its_key_ends_the_start_with_a_sentence() -> None:
    run = start(SET_UP, **GOOD, EMAIL_URL="postmark://?token=a-key")
    assert run.returncode == 1
    assert run.stderr.startswith("EMAIL_URL lacks POSTMARK_SERVER_TOKEN. ")
    assert run.stderr.count("\n") == 1
