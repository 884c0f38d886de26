"""Log formatting: one JSON object per line, without personal data."""

import json
import logging
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus

from django.http import HttpRequest

# Log lines contain no thread, process or code location, so logging does not have to find them.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None  # as the logging documentation suggests

# The arguments of these loggers' messages never come from a visitor. gunicorn.conf.py replaces
# messages of gunicorn that quote a request.
LOGGERS_WITH_ARGUMENTS = ("gunicorn", "psycopg.pool", "py.warnings")
# The ID of the request that this thread handles; part of every log line.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON with only the fields below and those in `record.fields`.

    Arguments of messages, paths of requests and messages of exceptions are left out, because they
    may contain what a visitor typed or reveal what a visitor read.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "request": request_id.get(),
            **getattr(record, "fields", {}),
        }
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            line["route"] = route(request)
        if record.exc_info and record.exc_info[1]:
            line["exception"] = "\n".join(_without_messages(record.exc_info[1]))
        return json.dumps({name: value for name, value in line.items() if value != ""})


def route(request: HttpRequest) -> str:
    """The URL name or pattern that the request matched."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else "none"


def _message(record: logging.LogRecord) -> str:
    if hasattr(record, "status_code"):  # Django's message about an error response quotes the path
        return HTTPStatus(record.status_code).phrase
    if record.name.startswith(LOGGERS_WITH_ARGUMENTS):
        return record.getMessage()
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__


def _without_messages(error: BaseException | None) -> Iterator[str]:
    """The class and code locations of the exception and of its causes."""
    while error:
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
