"""What no log may hold."""

import logging
import re

SHARED_DRAFT = re.compile(r"(/-/draft/)[^/]+")


class WithoutKeys(logging.Filter):
    """The address of a shared draft opens it: its key is left out wherever a path is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict):  # gunicorn's line for each request
            for name, value in record.args.items():
                record.args[name] = _masked(value)
        elif record.args:
            record.args = tuple(_masked(value) for value in record.args)
        return True


def _masked(value: object) -> object:
    return SHARED_DRAFT.sub(r"\1…", value) if isinstance(value, str) else value
