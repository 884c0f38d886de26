from django.db import models

from consent.models import ConsentRecord


class PublishedName(models.Model):
    """A teller's name that a published story did not mark as changed.

    Kept because texts may still contain it after the story has another name or none, and its old
    versions have been deleted. Erased with the record.
    """

    wagtail_reference_index_ignore = True

    consent = models.ForeignKey(
        ConsentRecord, on_delete=models.CASCADE, related_name="published_names"
    )
    name = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consent", "name"], name="published_name_once")
        ]

    def __str__(self) -> str:
        return self.name
