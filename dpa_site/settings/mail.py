"""Email settings from EMAIL_URL: SMTP, or a provider's API through Anymail."""

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .environment import env, parsed

# Seconds to wait for a mail server or provider, unless EMAIL_URL has ?timeout=… Without a limit, a
# silent server would block the worker.
TIMEOUT = 20
# The empty name, and modules in anymail.backends that are not providers.
_NO_PROVIDERS = {"", "base", "base_requests", "console", "test"}


def _by_provider(url: str) -> dict[str, Any]:
    """Anymail settings; the URL's query parameters are the provider's settings in lower case."""
    parts = urlsplit(url)
    name = parts.scheme.replace("-", "_")
    if name in _NO_PROVIDERS or find_spec(f"anymail.backends.{name}") is None:
        raise SystemExit(
            "EMAIL_URL must begin with submission://, smtp://, console: or the name of a provider,"
            " such as postmark://."
        )
    options = {f"{name}_{key}".upper(): value for key, value in parse_qsl(parts.query)}
    # If a provider ignores these options, turn tracking off in the account at that provider.
    no_tracking = {"track_opens": False, "track_clicks": False}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{name}.EmailBackend",
        "ANYMAIL": {
            "SEND_DEFAULTS": no_tracking,
            "IGNORE_UNSUPPORTED_FEATURES": True,
            "REQUESTS_TIMEOUT": TIMEOUT,
            **options,
        },
    }


_by_smtp = parsed(env.dj_email_url, "EMAIL_URL", "console:")
_by_smtp["EMAIL_TIMEOUT"] = _by_smtp.get("EMAIL_TIMEOUT") or TIMEOUT
globals().update(_by_smtp if "EMAIL_BACKEND" in _by_smtp else _by_provider(env.str("EMAIL_URL")))
