"""Signal receivers."""

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from consent.models import ConsentRecord
from consent.signals import consent_changed
from pictures.former_files import remember
from pictures.models import Picture
from pictures.renditions import Rendition


@receiver(consent_changed)
def show_pictures(record: ConsentRecord, **kwargs: object) -> None:
    """Make the first public file of each picture that may be shown now.

    The worker makes the other files.
    """
    for picture in Picture.to_show().filter(consent=record):
        picture.make_first_size()


@receiver(pre_delete, sender=Picture)
def remember_answer(instance: Picture, **kwargs: object) -> None:
    """Keep the hashes of a deleted picture and the answer to “who is shown” (FormerFile)."""
    for picture in Picture.objects.filter(pk=instance.pk):  # the row, without unsaved changes
        remember(picture, picture.record)


@receiver(post_delete, sender=Rendition)
def remove_size(instance: Rendition, **kwargs: object) -> None:
    """Remove a deleted rendition from `Picture.sizes`, so that no page links to its file."""
    for picture in Picture.objects.filter(pk=instance.image_id).select_related(None).only("sizes"):
        kept = [size for size in picture.sizes if size[1] != instance.file.name]
        if kept != picture.sizes:
            Picture.objects.filter(pk=picture.pk).update(sizes=kept)
