"""Where pictures are used."""

from django.db.models import Model
from wagtail.models import Page, PageQuerySet, ReferenceIndex

from pictures.models import Picture


def live_pages(item: Model) -> PageQuerySet:
    """The live pages that show this picture or link to this document or page."""
    references = ReferenceIndex.get_references_to(item)
    pages = references.filter(
        base_content_type__app_label="wagtailcore", base_content_type__model="page"
    )
    keys = [int(pk) for pk in pages.values_list("object_id", flat=True)]
    return Page.objects.filter(live=True, pk__in=keys)


def titles_with_own_alt_text(picture: Picture) -> list[str]:
    """Titles of live pages that show the picture with their own alt text, or with none."""
    pages = live_pages(picture).specific()
    return [f"“{page.title}”" for page in pages if page.has_own_alt_text_for(picture)]


def live_languages(picture: Picture) -> set[str]:
    """The languages of the live pages that use the picture's own alt text."""
    pages = live_pages(picture).select_related("locale").specific()
    return {page.locale.language_code for page in pages if page.uses_alt_text_of(picture)}
