from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils import timezone


class SharedDraft(models.Model):
    """A temporary URL at which the person in the story can read the newest draft."""

    wagtail_reference_index_ignore = True

    page = models.OneToOneField(
        "stories.StoryPage", on_delete=models.CASCADE, related_name="shared_draft"
    )
    key = models.UUIDField(default=uuid4, unique=True)
    shared_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.page}, {self.shared_at:%Y-%m-%d}"

    @property
    def token(self) -> str:
        """Signed key, so that a stolen copy of this database gives no access to drafts."""
        return _signer().sign(self.key.hex)

    @property
    def ends_at(self) -> datetime:
        return self.shared_at + _validity()

    @classmethod
    def find(cls, token: str) -> "SharedDraft | None":
        try:
            key = UUID(_signer().unsign(token))
        except (BadSignature, ValueError):
            return None
        return cls.objects.filter(key=key, shared_at__gt=timezone.now() - _validity()).first()


def _validity() -> timedelta:
    return timedelta(days=settings.DRAFT_LINK_DAYS)


def _signer() -> Signer:
    return Signer(sep=".", salt="stories.SharedDraft")
