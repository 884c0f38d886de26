"""Encryption at rest for readers' email addresses and names. The key is not in the database.

The first of SIGNATURE_KEYS encrypts; the others only decrypt older rows. To rotate a key, put the
new key first. `actions/rekeying.py` then encrypts the rows again. After that, the old key can be
removed.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


class _Keys(NamedTuple):
    current: Fernet
    fernet: MultiFernet
    lookup_keys: list[bytes]


@cache
def _derive_keys(secrets: tuple[str, ...]) -> _Keys:
    """Derive two keys from each secret: one for encryption, one for lookup hashes."""

    def derive(secret: str, use: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(secret.encode())

    fernets = [Fernet(urlsafe_b64encode(derive(secret, b"encrypt"))) for secret in secrets]
    return _Keys(fernets[0], MultiFernet(fernets), [derive(secret, b"find") for secret in secrets])


def _keys() -> _Keys:
    return _derive_keys(tuple(settings.SIGNATURE_KEYS))


def encrypt(data: bytes) -> bytes:
    return _keys().fernet.encrypt(data)


def decrypt(data: bytes) -> bytes:
    return _keys().fernet.decrypt(data)


def lookup_hashes(text: str) -> list[str]:
    """Keyed hashes of an email address or another text, one per key. The first is stored.

    Spaces at the ends and upper or lower case make no difference.
    """
    plain = text.strip().lower().encode()
    return [hmac.new(key, plain, hashlib.sha256).hexdigest() for key in _keys().lookup_keys]


def reencrypt(stored: str) -> str:
    """Encrypt a stored value with the current key, unless it is already encrypted with that key.

    Raises InvalidToken if none of the keys decrypts it.
    """
    try:
        _keys().current.decrypt(stored)
    except InvalidToken:
        return _keys().fernet.rotate(stored).decode()
    return stored


class Unreadable(str):
    """An empty string that replaces a stored text that none of the keys decrypts.

    So one damaged row does not prevent others from being read or deleted. Saving that row does not
    change its stored text.
    """

    stored: str

    def __new__(cls, stored: str) -> "Unreadable":
        text = super().__new__(cls)
        text.stored = stored
        return text


class EncryptedField(models.TextField):
    """Text encrypted in the database. Queries cannot filter by this field, except with `isnull`.

    The value is `Unreadable` if none of the keys decrypts it.
    """

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.stored
        value = super().get_prep_value(value)
        return encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        if not value:
            return value
        try:
            return decrypt(value.encode()).decode()
        except (InvalidToken, ValueError):  # ValueError: not UTF-8 after decryption
            return Unreadable(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise TypeError(f"{self.name} is encrypted. It cannot be used in a lookup.")


class HasEncryptedFields(models.Model):
    """Base class of models with an EncryptedField."""

    class Meta:
        abstract = True

    @classmethod
    def encrypted_fields(cls) -> list[str]:
        fields = cls._meta.concrete_fields
        return [field.name for field in fields if isinstance(field, EncryptedField)]

    @property
    def is_readable(self) -> bool:
        """Whether each encrypted field can be decrypted with one of the keys."""
        values = (getattr(self, name) for name in self.encrypted_fields())
        return not any(isinstance(value, Unreadable) for value in values)
