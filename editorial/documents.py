"""A file to download is as public as the pages that offer it."""

from django.http import Http404, HttpRequest
from wagtail.documents.models import AbstractDocument
from wagtail.models import Page, ReferenceIndex

from editorial.public_pages import publicly_visible


def before_document(document: AbstractDocument, request: HttpRequest) -> None:
    """Its number and name can be guessed, so a file is not there before its page is."""
    kind = ReferenceIndex._get_base_content_type(Page)
    uses = ReferenceIndex.get_references_to(document).filter(base_content_type=kind)
    pages = [int(pk) for pk in uses.values_list("object_id", flat=True)]
    if publicly_visible(Page.objects.filter(pk__in=pages)).exists():
        return
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise Http404
