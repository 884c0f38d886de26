"""A new password of a page or collection ends the access that the former password gave.

Wagtail stores the pk of the restriction in the session of whoever entered the password. So a
restriction with a new password is stored as a new row.
"""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from wagtail.models import CollectionViewRestriction, PageViewRestriction


@receiver(pre_save, sender=PageViewRestriction)
@receiver(pre_save, sender=CollectionViewRestriction)
def insert_new_row(sender: type[Model], instance: Any, raw: bool = False, **kwargs: object) -> None:
    stored: Any = None if raw else sender._default_manager.filter(pk=instance.pk).first()
    if stored and stored.password != instance.password:
        instance.former_pk, instance.pk = instance.pk, None


@receiver(post_save, sender=PageViewRestriction)
@receiver(post_save, sender=CollectionViewRestriction)
def delete_former_row(sender: type[Model], instance: Any, **kwargs: object) -> None:
    """After the insert, so that the page is restricted at every moment."""
    if former_pk := instance.__dict__.pop("former_pk", None):
        sender._default_manager.filter(pk=former_pk).delete()
