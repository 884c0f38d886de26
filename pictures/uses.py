"""Where pictures are used."""

from wagtail.models import Page, ReferenceIndex

from pictures.models import Picture


def live_languages(picture: Picture) -> set[str]:
    """The languages of the live pages that show this picture."""
    references = ReferenceIndex.get_references_to(picture)
    pages = references.filter(
        base_content_type__app_label="wagtailcore", base_content_type__model="page"
    )
    live = Page.objects.filter(
        live=True, pk__in=[int(pk) for pk in pages.values_list("object_id", flat=True)]
    )
    return set(live.values_list("locale__language_code", flat=True))
