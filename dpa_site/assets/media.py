"""Serves renditions: the public ones to everyone, the others to staff. Originals have no URL.

nginx serves /media/images/ from disk instead and sends the same headers (deploy/nginx.conf).
"""

from pathlib import PurePath

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from wagtail.images.permissions import permission_policy

from pictures.fields import CMS_FOLDER, CONTENT_TYPES, PUBLIC_FOLDER
from pictures.renditions import Rendition

# Caches and browsers may use a file for five minutes, and for five more while this site is down.
# The time is short because a file that was taken down must soon disappear from shared computers.
# Revalidation is cheap: its response has no body.
CACHE_CONTROL = "public, max-age=300, stale-if-error=300"
# For an SVG that is opened as a page of its own: inline styles apply, scripts do not run.
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def rendition(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file of one public rendition."""
    if PurePath(name).suffix not in CONTENT_TYPES or name.startswith("."):
        raise Http404
    path = f"{PUBLIC_FOLDER}{name}"
    response = _file(path)
    modified = storages["renditions"].get_modified_time(path)
    response["Last-Modified"] = http_date(modified.timestamp())
    response["Cache-Control"] = CACHE_CONTROL
    return response


@require_safe
def cms_rendition(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of a rendition that only the CMS shows, such as a thumbnail.

    Only staff who may choose or change the picture get it, as in Wagtail's image library.
    """
    found = get_object_or_404(Rendition.objects.select_related("image"), pk=pk)
    path = str(found.file)
    if not path.startswith(CMS_FOLDER):
        raise Http404
    may_see = permission_policy.user_has_any_permission_for_instance  # type: ignore[attr-defined]
    if not may_see(request.user, ["choose", "change"], found.image):
        raise Http404  # 404 and not 403, which would reveal that the picture exists
    response = _file(path)
    response["Cache-Control"] = "private, no-store"
    return response


def _file(path: str) -> FileResponse:
    suffix = PurePath(path).suffix
    try:
        file = storages["renditions"].open(path)
    except (OSError, ValueError) as error:  # missing, or not a valid file name
        raise Http404 from error
    response = FileResponse(file, content_type=CONTENT_TYPES[suffix])
    if suffix == ".svg":
        response["Content-Security-Policy"] = SVG_POLICY
    return response
