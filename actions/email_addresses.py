"""Normalizes and validates the email addresses that readers enter, and hashes them for lookups."""

import unicodedata
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from actions import encryption
from editorial.domains import ascii_domain

MAX_LENGTH, MAX_LOCAL_LENGTH = 254, 64  # RFC 5321
_validate = EmailValidator(allowlist=[])  # Django would accept @localhost


def normalize_email(text: str) -> str:
    """Return the email address as it is stored and mailed.

    The domain is in ASCII and in lower case. The part before the “@” keeps its case, which a mail
    server may distinguish. Full-width characters, which some keyboards write, are replaced.
    Invisible characters, which copied text may contain, are removed.

    Raises ValidationError if the text is not an email address on the internet. The part before the
    “@” may contain only ASCII characters and no quotation marks. The part after it must be a domain
    name and not an IP address.
    """
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    local, _at, domain = unicodedata.normalize("NFKC", visible.strip()).rpartition("@")
    try:
        email = f"{local}@{ascii_domain(domain)}"
    except ValueError:
        raise ValidationError(_validate.message, code=_validate.code) from None
    _validate(email)
    is_domain_name = not domain.startswith("[") and not email.rpartition(".")[2].isdigit()
    is_plain = local.isascii() and not local.startswith('"')
    if not (is_domain_name and is_plain and len(local) <= MAX_LOCAL_LENGTH):
        raise ValidationError(_validate.message, code=_validate.code)
    if len(email) > MAX_LENGTH:
        raise ValidationError(_validate.message, code=_validate.code)
    return email


def email_hashes(email: str) -> list[str]:
    """Keyed hashes to find a person by, one per key of SIGNATURE_KEYS.

    All spellings of an email address have the same hashes. Text that `normalize_email` refuses is
    hashed unchanged, because older rows may contain it.
    """
    with suppress(ValidationError):
        email = normalize_email(email)
    return encryption.lookup_hashes(email)
