"""Restricts documents to readers who may see a page that links to them."""

from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest
from wagtail.documents.models import AbstractDocument
from wagtail.models import Page, ReferenceIndex

from editorial.public_pages import publicly_visible
from staff.two_factor import is_log_in_complete


def before_serve_document(document: AbstractDocument, request: HttpRequest) -> None:
    """Raises Http404 unless a public page links to the document or the user can use the admin.

    A document's pk and name can be guessed, so a file must not be public before its page.
    """
    # Only the forms of the CMS compute a hash. Wagtail would send an empty hash as the ETag, and
    # browsers would keep the old file after it was replaced.
    document.file_hash = document.file_hash or None  # type: ignore[assignment]  # not saved
    page_type = ContentType.objects.get_for_model(Page)
    uses = ReferenceIndex.get_references_to(document).filter(base_content_type=page_type)
    pages = [int(pk) for pk in uses.values_list("object_id", flat=True)]
    if publicly_visible(Page.objects.filter(pk__in=pages)).exists():
        return
    may_use_cms = request.user.has_perm("wagtailadmin.access_admin")
    if not (may_use_cms and is_log_in_complete(request)):
        raise Http404
