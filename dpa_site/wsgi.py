"""WSGI entry point: Django behind the page cache."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_site.settings.production")
django_application = get_wsgi_application()

from dpa_site.caching.page_cache import PageCache  # noqa: E402
from dpa_site.caching.version import cache_version  # noqa: E402  needs loaded apps
from dpa_site.middleware.body_limit import MAX_UPLOAD_SIZE  # noqa: E402

page_cache = PageCache(django_application, cache_version)
CHUNK_SIZE = 64 * 1024  # bytes
MAX_PORT, MAX_PORT_DIGITS = 65_535, 5


def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    # Django fails at parameters such as charset*=undefined''x in these two headers. No browser
    # sends such parameters.
    if {"*", "\x00"}.intersection(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = ""
    accepted = environ.get("HTTP_ACCEPT", "").split(",")
    if any("*" in media_type.partition(";")[2] for media_type in accepted):
        del environ["HTTP_ACCEPT"]  # as if the client accepted everything
    if _has_impossible_port(environ.get("HTTP_HOST", "")):
        # Django does not check the port. It answers 400 to “/”, which is no host name.
        environ["HTTP_HOST"] = "/"
    response = page_cache(environ, start_response)
    _discard_body(environ)
    return response


def _has_impossible_port(host: str) -> bool:
    port = host.rpartition(":")[2]
    if ":" not in host or not (port.isascii() and port.isdecimal()):
        return False  # Django answers 400 if this is no host
    return len(port) > MAX_PORT_DIGITS or not 0 < int(port) <= MAX_PORT


def _discard_body(environ: dict[str, Any]) -> None:
    """Read the part of the request body that the application did not read.

    gunicorn closes a connection with more than 64 KB of unread data, so nginx could fail to send
    the rest, and would answer 502 instead of passing on the response. The edge refuses bodies above
    MAX_UPLOAD_SIZE.
    """
    with suppress(OSError, ValueError):  # the client is gone, or the length is not a number
        if 0 < int(environ.get("CONTENT_LENGTH") or 0) <= MAX_UPLOAD_SIZE:
            while environ["wsgi.input"].read(CHUNK_SIZE):
                pass
