from typing import Any

from django.db.models import Model, Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.documents import get_document_model
from wagtail.models import Page, PageQuerySet, ReferenceIndex

from pictures.models import Picture
from stories.models import StoryPage
from stories.name_uses import recompute


@receiver(post_save)
def find_names(
    instance: Any, raw: bool = False, update_fields: object = None, **kwargs: object
) -> None:
    """After an object is saved, update the field `names_teller` of the stories that refer to it.

    If the object is a story, this includes the other stories with the same consent record, because
    they have the same real names.
    """
    if raw or not isinstance(instance, (Picture, Page, get_document_model())):
        return
    pages = Page.objects.none()
    if isinstance(instance, Page):  # links lead to its translations too
        pages = Page.objects.filter(translation_key=instance.translation_key)
    elif isinstance(instance, Picture):  # it may be on the cards of these pages
        keys = _pages_referring_to([instance]).values("translation_key")
        pages = Page.objects.filter(translation_key__in=keys)
    stories = Q(pk__in=_pages_referring_to([instance, *pages]).values("pk"))
    stories |= Q(issues__in=[page.pk for page in pages])
    if isinstance(instance, StoryPage):
        stories |= Q(consent=instance.consent_id)
    found = StoryPage.objects.filter(stories, live=True)
    if update_fields is None:  # a full save of a story has already stored its own value
        found = found.exclude(pk=instance.pk)
    recompute(found)


def _pages_referring_to(items: list[Model]) -> PageQuerySet:
    references = ReferenceIndex.get_references_to_in_bulk(items).filter(
        base_content_type__app_label="wagtailcore", base_content_type__model="page"
    )
    return Page.objects.filter(
        pk__in=[int(pk) for pk in references.values_list("object_id", flat=True)]
    )
