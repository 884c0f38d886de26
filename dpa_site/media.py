"""Serves the renditions of pictures, and nothing else that was uploaded.

An operator may put a faster server in front of /media/images/; it must send the same headers.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.static import serve

# A drawing opened on its own keeps its inks, and runs nothing.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def rendition(request: HttpRequest, path: str) -> HttpResponse:
    """The file of one rendition; originals have no address."""
    if path.startswith("."):
        raise Http404
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT / "images")
    except (OSError, ValueError) as error:  # no name of a file
        raise Http404 from error
    response["Cache-Control"] = f"public, max-age={60 * 60 * 24}"
    if path.endswith(".svg"):
        response["Content-Security-Policy"] = DRAWING_POLICY
    return response
