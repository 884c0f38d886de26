"""Archives as an attacker could make them."""

import hashlib
import json
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pyrage
from django.conf import settings
from django.core.signing import Signer
from pyrage.x25519 import Identity, Recipient

from dpa_site.backups import archive
from dpa_site.backups.archive import MANIFEST, SIGNATURE, Manifest

BLOCK = 512  # bytes
# Start and length of name, size, checksum, type, link and prefix in the header of a tar.
HEADER_FIELDS = ((0, 100), (124, 12), (148, 8), (156, 1), (157, 100), (345, 155))
HEADER_BYTES = (0, 32, 46, 47, 48, 49, 55, 76, 120, 128, 255)

Entry = tuple[tarfile.TarInfo, bytes]


def identity(storage: Path) -> Identity:
    return Identity.from_str(storage.with_name("key").read_text().splitlines()[1])


def unpack(storage: Path) -> tuple[Manifest, Path]:
    """The manifest of the only backup, and a folder with its files."""
    (file,) = storage.glob("*.age")
    folder = storage.with_name("unpacked")
    with file.open("rb") as source:
        manifest, _sha256 = archive.read(source, [identity(storage)], folder)
    return manifest, folder


def pack(storage: Path, folder: Path, manifest: Manifest) -> Path:
    """A signed archive of the files in `folder`, with the values of `manifest`."""
    entries = [
        entry(str(path.relative_to(folder)), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return write(storage, listed(entries, vars(manifest)))


def entry(name: str, content: bytes = b"", **attributes: Any) -> Entry:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, content


def listed(
    entries: Iterable[Entry], facts: dict | None = None, secret: str | None = None
) -> list[Entry]:
    """A manifest, signed with `secret` or our SECRET_KEY, and the entries that it lists."""
    entries = list(entries)
    files = {info.name: hashlib.sha256(content).hexdigest() for info, content in entries}
    facts = {"made": "2026-11-29T00:00+00:00", "migrations": [], "sequences": {}, "pages": {}} | (
        facts or {}
    )
    sizes = {info.name: len(content) for info, content in entries}
    return [*signed(json.dumps(facts | {"files": files, "sizes": sizes}), secret), *entries]


def signed(manifest: str, secret: str | None = None) -> list[Entry]:
    signature = Signer(key=secret, salt="dpa_site.backups").signature(manifest)
    return [entry(MANIFEST, manifest.encode()), entry(SIGNATURE, signature.encode())]


def write(storage: Path, entries: Iterable[Entry]) -> Path:
    """Encrypt the entries, as anybody with the public key can."""
    return encrypt(storage, tar(entries))


def tar(entries: Iterable[Entry]) -> bytes:
    plain, entries = BytesIO(), list(entries)
    is_pax = any(info.pax_headers for info, _content in entries)
    form = tarfile.PAX_FORMAT if is_pax else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=plain, mode="w", format=form) as written:
        for info, content in entries:
            written.addfile(info, BytesIO(content))
    return plain.getvalue()


def mutate(plain: bytes, random: Random) -> bytes:
    """The tar, damaged in up to six places, most of them in headers.

    The checksum of a header is computed again, so that it does not reveal the damage at once.
    """
    changed = bytearray(plain)
    for _time in range(random.randint(1, 6)):
        start = random.randrange(len(changed) // BLOCK) * BLOCK
        block = changed[start : start + BLOCK]
        match random.randrange(8):
            case 0:
                del changed[start + BLOCK :]
            case 1:
                changed[start:start] = block
            case 2:
                changed[random.randrange(len(changed))] = random.randrange(256)
            case _:
                first, length = random.choice(HEADER_FIELDS)
                block[first + random.randrange(length)] = random.choice(HEADER_BYTES)
                block[148:156] = b" " * 8
                block[148:156] = b"%06o\0 " % sum(block)
                changed[start : start + BLOCK] = block
    return bytes(changed)


def encrypt(storage: Path, plain: bytes) -> Path:
    file = storage.with_name("hostile.tar.age")
    recipient = Recipient.from_str(settings.BACKUP_PUBLIC_KEY)
    file.write_bytes(pyrage.encrypt(plain, [recipient]))
    return file
