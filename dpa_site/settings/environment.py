"""Reads environment variables. Empty variables count as unset. Secrets may come from files."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv

BASE_DIR = Path(__file__).resolve().parents[2]
env = FileAwareEnv(strip_whitespace=True)
# Each of these may be in a file, as Docker secrets are: DATABASE_URL_FILE=/run/secrets/database.
SECRETS = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "CACHE_URL", "EMAIL_URL"),
    "DATABASE_LISTEN_URL",
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "METRICS_TOKEN", "BACKUP_PUBLIC_KEY"),
    *("SIGNATURE_KEY", "SIGNATURE_KEY_FALLBACKS", "WEBHOOK_SECRET", "CDN_PURGE_HEADER"),
    "SENTRY_DSN",
)

for _name in [name for name, value in os.environ.items() if not value.strip()]:
    del os.environ[_name]
for _name in SECRETS:
    _file = os.environ.get(f"{_name}_FILE")
    if _file and _name in os.environ:
        raise SystemExit(f"{_name} and {_name}_FILE are both set. Remove one of them.")
    if _file and not (os.path.isfile(_file) and os.access(_file, os.R_OK)):  # noqa: PTH113
        raise SystemExit(f"{_name}_FILE is {_file}, which is not a readable file.")


def required(name: str, why: str) -> str:
    """The variable's value. Exits with a one-sentence message if it is unset."""
    value = env.str(name, "").strip()
    if not value:
        raise SystemExit(f"{name} is not set: {why} See .env.example.")
    return value


def http_url(name: str) -> str:
    """The variable's value, or "" if it is unset.

    Exits with a one-sentence message if no request can be sent to this URL. The message does not
    quote the value.
    """
    value = env.str(name, "")
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    is_url = has_host and parts.scheme in {"http", "https"}
    # Spaces and characters outside ASCII must be encoded: %20, %C3%A9, and xn-- in a host name.
    is_encoded = value.isascii() and value.isprintable() and " " not in value
    if value and not (is_url and is_encoded):
        raise SystemExit(
            f"{name} must be a URL with http or https and a host, such as https://www.example.org/."
        )
    return value


def whole_number(name: str, default: int, least: int, most: int) -> int:
    """The variable's value. Exits with a one-sentence message if it is not between the limits."""
    value = env.str(name, str(default))
    if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
        raise SystemExit(f"{name} must be a whole number from {least} to {most}, not “{value}”.")
    return int(value)


def directory(name: str, default: str = "") -> str:
    """The variable's value. Exits with a one-sentence message if it cannot be a directory."""
    value = env.str(name, default)
    if value and (not os.path.isabs(value) or os.path.isfile(value)):  # noqa: PTH113, PTH117
        raise SystemExit(f"{name} must be the absolute path of a directory, such as /data/files.")
    return value


def matching(name: str, pattern: str, what: str) -> str:
    """The variable's value, or "" if it is unset.

    Exits with a one-sentence message if the value does not match the regular expression.
    """
    value = env.str(name, "")
    if value and not re.fullmatch(pattern, value):
        raise SystemExit(f"{name} must be {what}.")
    return value


def split(value: str) -> list[str]:
    """Split a comma-separated value and strip each part."""
    return [part.strip() for part in value.split(",") if part.strip()]


def parsed(parse: Callable[..., dict[str, Any]], name: str, *default: str) -> dict[str, Any]:
    """What a parser of `env` returns for the variable. Exits with one sentence if it fails.

    The sentence quotes neither the value nor the error, which may quote a part of a password.
    """
    try:
        return parse(name, *default)
    except (EnvError, ValueError):
        raise SystemExit(
            f"{name} is not a URL that can be used. Write special characters of a password with %, "
            "such as %5B, and check the beginning and the port."
        ) from None
