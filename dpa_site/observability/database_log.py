"""Settings that keep statements and their values out of the log of PostgreSQL itself.

Statements contain what readers search for and write in forms. The PostgreSQL servers that this
project starts have these settings. A warning is logged if another server does not have them.
"""

import logging
from collections.abc import Iterator

from django.db import connection

logger = logging.getLogger(__name__)

# For each setting, the safe values. compose.yaml and the embedded server use the first. See
# https://www.postgresql.org/docs/current/runtime-config-logging.html
SETTINGS = {
    "log_min_messages": ("log", "fatal", "panic"),  # errors quote values
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),  # details quote keys and, after a crash, the statement
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
}
# Settings of extensions that log statements. A setting exists only if its extension is loaded.
EXTENSIONS = {"auto_explain.log_min_duration": ("-1",), "pgaudit.log": ("none", "ddl", "")}

SERVER_OPTIONS = " ".join(f"-c {name}={values[0]}" for name, values in SETTINGS.items())
UNSAFE_SETTING = (
    "The log of PostgreSQL may contain what readers search for and write. See docs/operations.md."
)


def unsafe_settings() -> Iterator[tuple[str, str]]:
    """The (name, value) of each setting with which the server may log statements."""
    with connection.cursor() as cursor:
        for name, values in (SETTINGS | EXTENSIONS).items():
            cursor.execute("SELECT current_setting(%s, true)", [name])
            (value,) = cursor.fetchone()
            if value is not None and value not in values:
                yield name, value


def warn() -> None:
    """Log a warning for each unsafe setting."""
    for name, value in unsafe_settings():
        logger.warning(UNSAFE_SETTING, extra={"fields": {"setting": name, "value": value}})
