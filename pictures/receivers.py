"""Signal receivers."""

from django.dispatch import receiver

from consent.models import ConsentRecord
from consent.signals import consent_changed
from pictures.models import Picture


@receiver(consent_changed)
def show_pictures(record: ConsentRecord, **kwargs: object) -> None:
    """Make the public files of pictures that may be shown now, and save the editor the wait."""
    for picture in Picture.to_show().filter(consent=record):
        picture.make_first_size()
