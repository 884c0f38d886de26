"""Tells the operator's collector (Sentry, or what speaks like it) what broke, never for whom."""

import logging
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.utils import BadDsn

FRAME = ("filename", "function", "module", "lineno", "in_app")
EVENT = ("event_id", "timestamp", "platform", "level", "logger", "environment")


def start(dsn: str, **options: Any) -> None:
    """Each error that is logged, also by the worker, is reported from now on."""
    try:
        sentry_sdk.init(
            dsn,
            before_send=without_readers,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            **options,
        )
    except BadDsn:
        raise SystemExit("SENTRY_DSN is not a valid DSN, such as https://key@host/1.") from None


def without_readers(event: Any, hint: dict[str, Any]) -> Any:
    """A new event of what stands in our code alone.

    What an exception says is left out: it may quote what somebody typed, or a row of the database.
    """
    found = {name: event[name] for name in EVENT if name in event}
    if exceptions := event.get("exception"):
        found["exception"] = {"values": [_code(one) for one in exceptions["values"]]}
    else:
        found["message"] = f"An error in {event.get('logger')}; see the log."
    return found


def _code(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    places = [{name: frame.get(name) for name in FRAME} for frame in frames]
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "stacktrace": {"frames": places},
    }
