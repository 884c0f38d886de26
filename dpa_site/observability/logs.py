"""What the logs hold: one line of JSON for each thing that happened, and nothing of a reader."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

# No line says from which thread or place in the code it comes, so nobody has to look it up.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None  # as the documentation of logging says

# Addresses that open a draft, confirm a signature or delete one.
WITH_KEY = re.compile(r"(/-/draft/|/take-part/(?:confirm|delete)/)[^/]+")
# The number of the request that this thread answers; all its lines bear it.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonLines(logging.Formatter):
    """Only fields named here: a record may carry a whole request, with what a reader asked."""

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


class WithoutKeys(logging.Filter):
    """Some addresses are keys to what they lead to: the key is left out where a path is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(value) for value in record.args)
        return True


def _masked(value: object) -> object:
    return WITH_KEY.sub(r"\1…", value) if isinstance(value, str) else value
