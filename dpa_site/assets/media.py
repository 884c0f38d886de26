"""Serves the renditions of pictures, and nothing else that was uploaded.

An operator may put a faster server in front of /media/images/; it must send the same headers.
"""

from pathlib import PurePath
from typing import cast

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.http import http_date
from django.views.decorators.http import require_safe

KINDS = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
# A drawing opened on its own keeps its themes, and runs nothing.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def rendition(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file of one rendition; originals have no address."""
    ending = PurePath(name).suffix
    if ending not in KINDS or name.startswith("."):
        raise Http404
    storage = storages["renditions"]
    try:
        response = FileResponse(storage.open(f"images/{name}"), content_type=KINDS[ending])
    except (OSError, ValueError) as error:  # no name of a file
        raise Http404 from error
    modified = storage.get_modified_time(f"images/{name}")
    response["Last-Modified"] = http_date(modified.timestamp())
    response["Cache-Control"] = f"public, max-age={60 * 60 * 24}"
    if ending == ".svg":
        response["Content-Security-Policy"] = DRAWING_POLICY
        # A quarter of its bytes.
        zipped = GZipMiddleware(lambda _request: response)(request)
        return cast("HttpResponseBase", zipped)
    return response
