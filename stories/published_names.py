from django.db import models

from consent.models import ConsentRecord


class PublishedName(models.Model):
    """A name that a published story showed as the teller's real name.

    Other texts may contain the name even after the story shows another name and its old versions
    are deleted. With this row, the check for real names finds the name in them until the consent
    record is erased.
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
