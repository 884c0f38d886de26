"""Reports errors to Sentry or a compatible service, without any personal data."""

import logging
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.utils import BadDsn

FRAME_FIELDS = ("filename", "function", "module", "lineno", "in_app")
EVENT_FIELDS = ("event_id", "timestamp", "platform", "level", "logger", "environment")


def start(dsn: str, **options: Any) -> None:
    """Start reporting every logged error, in web and worker processes."""
    try:
        sentry_sdk.init(
            dsn,
            before_send=strip_personal_data,
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


def strip_personal_data(event: Any, hint: dict[str, Any]) -> Any:
    """A new event with exception types and code locations only.

    It has no exception messages, because they may quote user input or database rows.
    """
    stripped = {name: event[name] for name in EVENT_FIELDS if name in event}
    if exceptions := event.get("exception"):
        stripped["exception"] = {"values": [_strip_exception(one) for one in exceptions["values"]]}
    else:
        stripped["message"] = f"An error in {event.get('logger')}; see the log."
    return stripped


def _strip_exception(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    locations = [{name: frame.get(name) for name in FRAME_FIELDS} for frame in frames]
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "stacktrace": {"frames": locations},
    }
