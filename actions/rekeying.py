"""Encrypts personal data again after SIGNATURE_KEY was changed. Detects keys that are wrong."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from actions import encryption
from actions.email_addresses import email_hashes
from actions.encryption import EncryptedField, HasEncryptedFields

PROBE = "readable"
WRONG_KEY = (
    "SIGNATURE_KEY cannot read the people in this database. Use its former value, or add that "
    "value to SIGNATURE_KEY_FALLBACKS. If it is lost, run “manage.py rekey --delete-unreadable”."
)


LINKS_BROKEN = (
    "A former SECRET_KEY is missing in SECRET_KEY_FALLBACKS, so links in emails that it signed do "
    "not work, although they have not expired. Add it again, unless it was stolen. “Rotate a "
    "secret” in docs/operations.md says for how long."
)
SALT = "actions.rekeying.links"


class EncryptionState(HasEncryptedFields):
    """Known texts that show whether the keys of this site are right. The table has one row."""

    probe = EncryptedField(default=PROBE)
    # PROBE, signed with SECRET_KEY as links in emails are. `rekey` signs it again each hour. While
    # SECRET_KEY_FALLBACKS contains the former key, `rekey` keeps the signature of that key until
    # all links that the key signed have expired. If the former key is removed before then,
    # `are_links_broken` is True until `rekey` runs.
    links = models.CharField(max_length=200, blank=True)
    unreadable = models.PositiveIntegerField(default=0)  # rows, when `rekey` last ran

    class Meta:
        verbose_name = _("state of the encryption")

    def __str__(self) -> str:
        return f"{self.unreadable} unreadable"

    @classmethod
    def is_key_wrong(cls) -> bool:
        return any(state.probe != PROBE for state in cls.objects.all())

    @classmethod
    def are_links_broken(cls) -> bool:
        """Whether links in emails no longer work although they have not expired."""
        return any(not _is_signed(state.links) for state in cls.objects.exclude(links=""))

    @classmethod
    def count_unreadable(cls) -> int:
        return sum(cls.objects.values_list("unreadable", flat=True))


def rekey(*, delete_unreadable: bool = False) -> tuple[int, int]:
    """Encrypt everything with the current key, and compute lookup hashes with it.

    Returns how many rows were changed, and how many cannot be read with any of the keys. The probe
    is encrypted last. So if the current key reads the probe without the former keys, it also reads
    every row that any of the keys can read.
    """
    changed = unreadable = 0
    for model in apps.get_models():
        if issubclass(model, HasEncryptedFields) and model is not EncryptionState:
            for row in _rows(model).iterator():
                if row.is_readable:
                    changed += _rekey_row(row)
                else:
                    unreadable += 1
                    if delete_unreadable:
                        row.delete()
    left = 0 if delete_unreadable else unreadable
    state = {"probe": PROBE, "unreadable": left}
    former = EncryptionState.objects.values_list("links", flat=True).first()
    if not (former and _is_awaiting_end(former)):
        state["links"] = signing.dumps(PROBE, salt=SALT)
    EncryptionState.objects.update_or_create(pk=1, defaults=state)
    return changed, unreadable


def _is_signed(text: str, **options: Any) -> bool:
    try:
        signing.loads(text, salt=SALT, **options)
    except signing.BadSignature:
        return False
    return True


def _is_awaiting_end(links: str) -> bool:
    """Whether links in emails that a former SECRET_KEY signed may still be valid."""
    promised = max(
        timedelta(hours=settings.CONFIRMATION_LINK_HOURS),
        timedelta(days=settings.DRAFT_LINK_DAYS),
        timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )
    return _is_signed(links, max_age=promised) and not _is_signed(links, fallback_keys=[])


def _rows(model: type[HasEncryptedFields]) -> models.QuerySet:
    """All rows; for each encrypted field, `stored_<field>` is the text in the database."""
    stored = {f"stored_{name}": Cast(name, models.TextField()) for name in model.encrypted_fields()}
    return model._base_manager.annotate(**stored)


def _rekey_row(row: HasEncryptedFields) -> bool:
    """Returns whether the row was changed.

    Calls `update`, because `save` would insert the row again if it was deleted in the meantime.
    """
    changes: dict[str, object] = {}
    for name in row.encrypted_fields():
        stored = getattr(row, f"stored_{name}")
        if stored and (current := encryption.reencrypt(stored)) != stored:
            changes[name] = models.Value(current, models.TextField())
    if hasattr(row, "email_key"):
        key = email_hashes(row.email)[0]  # type: ignore[attr-defined]
        if key != row.email_key:
            changes["email_key"] = key
    if not changes:
        return False
    # If two processes with different keys created rows for one person at the same time, both rows
    # would now get the same hash. The constraint refuses the second, which stays as it is.
    with suppress(IntegrityError), transaction.atomic():
        return bool(type(row)._base_manager.filter(pk=row.pk).update(**changes))
    return False
