from django.db import models

from consent.models import ConsentRecord


class PublishedName(models.Model):
    """A name that a published story had for a real one.

    It may still be in a text when the story has another name or none, and its versions may be
    deleted. Erased with the record.
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
