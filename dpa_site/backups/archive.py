"""The backup format: an age-encrypted tar of data, with a signed list of the SHA-256 hashes.

It contains files `tables/…` (rows) and `uploads/…`, then the list and its signature. Nothing in it
is code: no SQL, no schema, no links or devices.

Anyone with the public key can encrypt an archive, so the signature, made with SECRET_KEY, shows who
made it. Someone who took over the machine has SECRET_KEY too. Even this person cannot forge an
archive whose SHA-256 was noted elsewhere before.

A truncated or modified archive cannot be decrypted, because age authenticates each chunk and the
end.
"""

import hashlib
import json
import operator
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BufferedReader, BufferedWriter, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

import pyrage
from django.core.signing import BadSignature, Signer
from pyrage.x25519 import Identity, Recipient

MANIFEST, SIGNATURE = "manifest.json", "manifest.signature"
TABLES, UPLOADS = "tables", "uploads"
CHUNK_SIZE = 1 << 16  # bytes
# The largest sizes, in bytes, of what is read into memory at once. The list has about 150 bytes for
# each upload.
MAX_TEXT_SIZE, MAX_NAME_SIZE = 1 << 25, 1 << 12
MAX_HEAD_SIZE = 1 << 12  # bytes; two recipients need about 300


class InvalidArchive(Exception):
    """Raised when an archive cannot be used; the message gives the reason in one sentence."""


@dataclass(frozen=True)
class Manifest:
    """What an archive contains, and what it was made from."""

    made: str  # date and time in ISO format
    migrations: list[str]  # the migrations that the tables fit, as "app.name"
    sequences: dict[str, int]  # the last value of each sequence
    pages: dict[str, str]  # the hash of each page's text by URL path
    files: dict[str, str]  # the SHA-256 by name

    @classmethod
    def parse(cls, text: bytes) -> "Manifest":
        """Raises `InvalidArchive` if anything is missing, unknown or of the wrong type."""
        try:
            manifest = cls(**json.loads(text))
            if datetime.fromisoformat(manifest.made).tzinfo is None:
                raise ValueError
            texts = [*manifest.migrations, *manifest.sequences]
            texts += map(str, map(operator.index, manifest.sequences.values()))
            for found in (manifest.pages, manifest.files):
                texts += [*found, *found.values()]
            # Some of these texts are printed: a control character could rewrite what the terminal
            # shows.
            if isinstance(manifest.migrations, list) and all(map(_is_printable, texts)):
                return manifest
        except (AttributeError, RecursionError, TypeError, ValueError):
            pass
        raise InvalidArchive("its list of files cannot be read.")

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, relative to it."""
        prefix = f"{folder}/"
        return sorted(n.removeprefix(prefix) for n in self.files if n.startswith(prefix))


class Member(NamedTuple):
    """A file to be written to an archive."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


class _HashingReader:
    """Wraps a file and hashes the bytes that are read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.hash = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self.source.read(size)
        self.hash.update(chunk)
        return chunk


@contextmanager
def _encrypting_writer(target: IO[bytes], recipients: list[Recipient]) -> Iterator[BufferedWriter]:
    """A writable stream that encrypts into `target` as it is written, in a thread."""
    read, write = os.pipe()

    def encrypt() -> None:
        with open(read, "rb") as plain:  # noqa: PTH123
            try:
                pyrage.encrypt_io(plain, target, recipients)
            except pyrage.EncryptError as error:  # age wraps disk errors
                raise OSError(str(error)) from error

    with ThreadPoolExecutor(1) as thread:
        encryption = thread.submit(encrypt)
        try:
            with open(write, "wb") as plain:  # noqa: PTH123
                yield plain
        except BrokenPipeError:
            encryption.result()  # raises the error that ended the thread
            raise
        encryption.result()


@contextmanager
def _decrypting_reader(source: IO[bytes], identities: list[Identity]) -> Iterator[BufferedReader]:
    """A readable stream of the decrypted `source`. Errors from age are raised on exit."""
    read, write = os.pipe()

    def decrypt() -> None:
        with open(write, "wb") as plain:  # noqa: PTH123
            pyrage.decrypt_io(source, plain, identities)

    with ThreadPoolExecutor(1) as thread:
        decryption = thread.submit(decrypt)
        try:
            with open(read, "rb") as plain:  # noqa: PTH123
                try:
                    yield plain
                finally:
                    # Read to the end, so that age verifies the whole archive.
                    while plain.read(CHUNK_SIZE):
                        pass
        finally:
            # Raises the error of age, if any. It is the cause of the error that the truncated data
            # raised.
            decryption.result()


def _write_tar(target: IO[bytes]) -> tarfile.TarFile:
    # Not the newer PAX format: tarfile reads its headers of sparse files before _FileInfo can
    # refuse them.
    return tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT)


def write(
    target: IO[bytes], members: Iterable[Member], facts: dict, keys: list[Recipient]
) -> Manifest:
    """Write an archive of `members` to `target`. `facts` are the manifest without `files`."""
    hashes = {}
    with _encrypting_writer(target, keys) as plain, _write_tar(plain) as tar:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.size = member.size
            with member.open() as opened:
                reader = _HashingReader(opened)
                tar.addfile(info, reader)
            hashes[member.name] = reader.hash.hexdigest()
        manifest = Manifest(**facts, files=hashes)
        text = json.dumps(asdict(manifest), indent=1)
        for name, content in {MANIFEST: text, SIGNATURE: _signer().signature(text)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)  # ASCII
            tar.addfile(info, BytesIO(content.encode()))
    return manifest


def read(
    source: IO[bytes], keys: list[Identity], folder: Path | None = None, sha256: str = ""
) -> tuple[Manifest, str]:
    """Read the whole archive, extract it into `folder` if given, and verify every hash.

    Returns the manifest, and the SHA-256 of the archive. With `sha256`, the archive must have that
    hash and may be signed by another site. Raises `InvalidArchive` if anything is wrong.
    """
    encrypted = _HashingReader(source)
    _check_head(source)
    hashes: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    try:
        with (
            _decrypting_reader(cast("IO[bytes]", encrypted), keys) as plain,
            tarfile.open(fileobj=plain, mode="r|", tarinfo=_FileInfo) as tar,
        ):
            for info in tar:
                opened = tar.extractfile(info)
                if opened is None or not _is_name(info) or info.name in hashes | texts.keys():
                    raise InvalidArchive(_unexpected(info))
                if info.name in (MANIFEST, SIGNATURE):
                    texts[info.name] = opened.read()
                else:
                    hashes[info.name] = _extract(opened, folder and folder / info.name)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise InvalidArchive("this key does not decrypt it.") from error
        raise InvalidArchive("it is not a backup, or its beginning is damaged.") from error
    except (tarfile.TarError, ValueError, RecursionError) as error:
        raise InvalidArchive("it is not a backup of this site.") from error
    except OSError as error:
        if error.errno:  # an error of the disk and not of age
            raise
        raise InvalidArchive("it is incomplete or damaged.") from error
    digest = encrypted.hash.hexdigest()
    if sha256 and digest != sha256.lower():
        raise InvalidArchive(f"its SHA-256 is {digest}, and not the given one.")
    if not sha256 and not _is_signed(texts):
        raise InvalidArchive(
            "it was not made with the SECRET_KEY of this site, or one of SECRET_KEY_FALLBACKS. If "
            "you noted its SHA-256 when it was made, add --sha256."
        )
    manifest = Manifest.parse(texts.get(MANIFEST, b""))
    if manifest.files != hashes:
        raise InvalidArchive("its files do not match its list of files.")
    return manifest, digest


def _check_head(source: IO[bytes]) -> None:
    """Refuse a long list of recipients, because age takes quadratic time to read it."""
    head = source.read(MAX_HEAD_SIZE)
    source.seek(0)
    if b"\n---" not in head:
        raise InvalidArchive("it is not a backup, or its beginning is damaged.")


class _FileInfo(tarfile.TarInfo):
    """Refuses a member before reading it, unless it is a file or the long name of a file."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_FileInfo":
        info = super().frombuf(buf, encoding, errors)
        is_file = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and info.size >= 0
        is_long_name = info.type == tarfile.GNUTYPE_LONGNAME and 0 <= info.size <= MAX_NAME_SIZE
        if not (is_file or is_long_name):
            raise InvalidArchive(_unexpected(info))
        return info


def _unexpected(info: tarfile.TarInfo) -> str:
    return f"it contains {info.name!a}, which does not belong in a backup of this site."


def _is_name(info: tarfile.TarInfo) -> bool:
    """Whether `write` could have given a member this name.

    The list and the signature are kept in memory, so their size is checked too.
    """
    if info.name in (MANIFEST, SIGNATURE):
        return info.size <= MAX_TEXT_SIZE
    path = PurePosixPath(info.name)
    return (
        info.name.startswith((f"{TABLES}/", f"{UPLOADS}/"))
        and ".." not in path.parts
        and str(path) == info.name
        and _is_printable(info.name)
    )


def _is_printable(text: object) -> bool:
    return isinstance(text, str) and text.isprintable()


def _signer() -> Signer:
    return Signer(salt="dpa_site.backups")


def _is_signed(texts: dict[str, bytes]) -> bool:
    try:
        signed = b":".join((texts[MANIFEST], texts[SIGNATURE])).decode("ascii")
        _signer().unsign(signed)
    except (BadSignature, KeyError, UnicodeDecodeError):
        return False
    return True


def _extract(opened: IO[bytes], to: Path | None) -> str:
    """The SHA-256 of a member, which is written to the file `to` if given."""
    reader = _HashingReader(opened)
    if to is None:
        while reader.read(CHUNK_SIZE):
            pass
    else:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("wb") as file:
            while chunk := reader.read(CHUNK_SIZE):
                file.write(chunk)
    return reader.hash.hexdigest()
