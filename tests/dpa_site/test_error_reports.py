"""Error reports contain stack frames of our code and no personal data."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from dpa_site.observability import error_reports
from tests.dpa_site.production import GOOD, start

SECRET = "xqzkvwvalentina"


def break_down(request: HttpRequest, name: str) -> HttpResponse:
    typed = request.POST["words"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [typed])  # the database error contains the typed words
    raise AssertionError(typed)


urlpatterns = [path("broken/<str:name>/", break_down)]


class MemoryTransport(Transport):
    """Stores envelopes instead of sending them."""

    sent: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope)


@pytest.fixture
def sent() -> Iterator[list[Envelope]]:
    MemoryTransport.sent.clear()
    error_reports.start("https://key@collector.invalid/1", transport=MemoryTransport)
    yield MemoryTransport.sent
    # Remove the integrations, which would add headers to requests of other tests.
    sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_report_contains_frames_and_no_personal_data(sent: list[Envelope]) -> None:
    client = Client(
        raise_request_exception=False,
        headers={"user-agent": SECRET, "referer": f"https://{SECRET}.org/", "x-note": SECRET},
        REMOTE_ADDR="203.0.113.77",
    )
    client.cookies["note"] = SECRET
    url = f"/broken/{SECRET}/?q={SECRET}"
    assert client.post(url, {"words": SECRET}).status_code == 500
    (envelope,) = sent
    text = envelope.serialize().decode()
    assert SECRET not in text
    assert "203.0.113.77" not in text
    event = json.loads(envelope.items[0].get_bytes())
    *_earlier, last = event["exception"]["values"]
    assert last["type"] == "DataError"
    assert "break_down" in {frame["function"] for frame in last["stacktrace"]["frames"]}
    assert not {"request", "user", "server_name", "breadcrumbs", "extra"} & event.keys()


def test_stripped_report_keeps_only_listed_fields() -> None:
    allowed = {"filename": "a.py", "function": "f", "module": "a", "lineno": 1, "in_app": True}
    frame = allowed | {"vars": {"name": SECRET}, "context_line": SECRET, "pre_context": [SECRET]}
    error = {"type": "ValueError", "module": "builtins", "value": SECRET}
    event = {
        "event_id": "1",
        "level": "error",
        "exception": {"values": [error | {"stacktrace": {"frames": [frame]}}]},
        **dict.fromkeys(("message", "request", "user", "breadcrumbs", "extra", "tags"), SECRET),
    }
    stripped = error_reports.strip_personal_data(event, {})
    assert SECRET not in json.dumps(stripped)
    assert stripped["exception"]["values"][0]["stacktrace"]["frames"] == [allowed]


def test_logged_error_reports_only_logger_name(sent: list[Envelope]) -> None:
    logging.getLogger("dpa_site.odd").error("%s was here", SECRET)
    logging.getLogger("dpa_site.odd").warning("not worth a report")
    (envelope,) = sent
    assert "An error in dpa_site.odd" in envelope.serialize().decode()
    assert SECRET not in envelope.serialize().decode()


def test_sentry_is_off_by_default_and_rejects_invalid_dsn() -> None:
    code = "import sys, django; django.setup(); print('sentry_sdk' in sys.modules)"
    assert start(code, **GOOD).stdout == "False\n"
    on: dict[str, Any] = GOOD | {"SENTRY_DSN": "https://key@collector.invalid/1"}
    assert start(code, **on).stdout == "True\n"
    wrong = start(code, **GOOD, SENTRY_DSN="collector")
    assert wrong.returncode == 1
    assert wrong.stderr == "SENTRY_DSN is not a valid DSN, such as https://key@host/1.\n"
