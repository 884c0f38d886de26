from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from actions.encryption import EncryptedField


class Contact(models.Model):
    """How to reach somebody who sent us their story: apart from it, unreadable in a dump.

    Deleted when a steward has answered, and after a while even if nobody has.
    """

    KEPT = timedelta(days=90)
    wagtail_reference_index_ignore = True

    page = models.OneToOneField(
        "stories.StoryPage", on_delete=models.CASCADE, related_name="contact"
    )
    reach = EncryptedField()
    key = models.CharField(max_length=64, unique=True)  # keyed hash of all that was sent
    sent_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.page_id}, {self.sent_at:%Y-%m-%d}"

    @property
    def ends_at(self) -> datetime:
        return self.sent_at + self.KEPT
