"""Serves renditions; all other uploads have no public URL.

nginx serves /media/images/ from disk instead and sends the same headers (deploy/nginx.conf).
"""

from pathlib import PurePath
from typing import cast

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.http import http_date
from django.views.decorators.http import require_safe

CONTENT_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
CACHE_CONTROL = f"public, max-age={60 * 60 * 24}"
# For an SVG opened on its own: its inline styles apply, scripts do not run.
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def rendition(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file of one rendition; originals have no URL."""
    suffix = PurePath(name).suffix
    if suffix not in CONTENT_TYPES or name.startswith("."):
        raise Http404
    storage = storages["renditions"]
    try:
        response = FileResponse(storage.open(f"images/{name}"), content_type=CONTENT_TYPES[suffix])
    except (OSError, ValueError) as error:  # missing, or not a valid file name
        raise Http404 from error
    modified = storage.get_modified_time(f"images/{name}")
    response["Last-Modified"] = http_date(modified.timestamp())
    response["Cache-Control"] = CACHE_CONTROL
    if suffix == ".svg":
        response["Content-Security-Policy"] = SVG_POLICY
        # Compression leaves about a quarter of the bytes.
        compressed = GZipMiddleware(lambda _request: response)(request)
        return cast("HttpResponseBase", compressed)
    return response
