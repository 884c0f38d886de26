"""Encryption at rest for readers' email addresses and names. The key is not in the database.

The first of SIGNATURE_KEYS encrypts; the others only decrypt older rows. To rotate a key, put a new
one before it. Drop the old key once no row encrypted with it is left.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


class _Keys(NamedTuple):
    fernet: MultiFernet
    lookup_keys: list[bytes]


@cache
def _derive_keys(secrets: tuple[str, ...]) -> _Keys:
    """Derive two keys from each secret: one for encryption, one for lookup hashes."""

    def derive(secret: str, use: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(secret.encode())

    fernets = [Fernet(urlsafe_b64encode(derive(secret, b"encrypt"))) for secret in secrets]
    return _Keys(MultiFernet(fernets), [derive(secret, b"find") for secret in secrets])


def _keys() -> _Keys:
    return _derive_keys(tuple(settings.SIGNATURE_KEYS))


def lookup_hashes(text: str) -> list[str]:
    """Keyed hashes of an email address or another text, one per key. The first is stored.

    Case and spaces at the ends make no difference.
    """
    plain = text.strip().lower().encode()
    return [hmac.new(key, plain, hashlib.sha256).hexdigest() for key in _keys().lookup_keys]


class EncryptedField(models.TextField):
    """Text encrypted in the database. It cannot be filtered on; only `isnull` works."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return _keys().fernet.encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        return _keys().fernet.decrypt(value).decode() if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise TypeError(f"{self.name} is encrypted. It cannot be used in a lookup.")
