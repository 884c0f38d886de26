"""Signal receivers."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from pictures.models import Picture
from pictures.uses import live_pages
from stories.models import StoryPage
from stories.names import recompute


@receiver(post_save, sender=Picture)
def find_names_in_picture(instance: Picture, **kwargs: object) -> None:
    """A story is not public as soon as its picture names a teller who may not be named."""
    recompute(StoryPage.objects.filter(pk__in=live_pages(instance).values("pk")))
