"""How mails go out, as EMAIL_URL says: by SMTP, or through the interface of a provider."""

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .environment import env

_NO_PROVIDERS = {"", "base", "base_requests", "console", "test"}  # other modules of Anymail's


def _by_provider(url: str) -> dict[str, Any]:
    """What stands behind the question mark are Anymail's settings for the provider, in small."""
    parts = urlsplit(url)
    name = parts.scheme.replace("-", "_")
    if name in _NO_PROVIDERS or find_spec(f"anymail.backends.{name}") is None:
        raise SystemExit(
            "EMAIL_URL must begin with submission://, smtp://, console: or the name of a provider,"
            " such as postmark://."
        )
    options = {f"{name}_{key}".upper(): value for key, value in parse_qsl(parts.query)}
    # Nobody is watched while they read a mail. Where a provider does not take this from us, it is
    # turned off in the account there.
    unwatched = {"track_opens": False, "track_clicks": False}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{name}.EmailBackend",
        "ANYMAIL": {"SEND_DEFAULTS": unwatched, "IGNORE_UNSUPPORTED_FEATURES": True, **options},
    }


_by_smtp = env.dj_email_url("EMAIL_URL", "console:")
globals().update(_by_smtp if "EMAIL_BACKEND" in _by_smtp else _by_provider(env.str("EMAIL_URL")))
