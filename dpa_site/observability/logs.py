"""Log formatting: one JSON object per line, without personal data."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

# Log lines have no thread, process or code location, so logging need not look them up.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None  # as the logging documentation suggests

# URLs with a secret token: shared drafts, and confirming or deleting a signature.
TOKEN_URLS = re.compile(r"(/-/draft/|/take-part/(?:confirm|delete)/)[^/]+")
# The ID of the request that this thread handles; part of every log line.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON with a fixed set of fields: records may hold a whole request."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_id.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in line.items() if value != ""})


class TokenFilter(logging.Filter):
    """Masks the secret token in logged URL paths."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(value) for value in record.args)
        return True


def _masked(value: object) -> object:
    return TOKEN_URLS.sub(r"\1…", value) if isinstance(value, str) else value
