"""Signal receivers."""

from typing import Any

from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.documents import get_document_model
from wagtail.models import Page

from pictures.models import Picture
from pictures.uses import live_pages
from stories.models import StoryPage
from stories.name_uses import recompute


@receiver(post_save)
def find_names(
    instance: Any, raw: bool = False, update_fields: object = None, **kwargs: object
) -> None:
    """Recompute which stories name their teller when something that they refer to is saved.

    Also for the other pages of the story's record, because they share its real names.
    """
    if raw or not isinstance(instance, (Picture, Page, get_document_model())):
        return
    stories = Q(pk__in=live_pages(instance).values("pk"))
    if isinstance(instance, StoryPage):
        stories |= Q(consent=instance.consent_id, live=True)
    found = StoryPage.objects.filter(stories)
    if update_fields is None:  # a full save of a story has already stored its own value
        found = found.exclude(pk=instance.pk)
    recompute(found)
