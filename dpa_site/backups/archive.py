"""The backup format: an age-encrypted tar of data, with a signed list of sizes and SHA-256 hashes.

An archive contains the list, its signature, and then the listed files: `tables/…` (rows) and
`uploads/…`. It contains no code: no SQL, no schema, no links or devices. Reading writes files only
after it has checked the signature, or a given SHA-256 of the archive, and never more than listed.

Anyone with the public key can encrypt an archive, so the signature, made with SECRET_KEY, shows who
made it. Someone who took over the machine has SECRET_KEY, but cannot forge an archive whose SHA-256
was noted elsewhere before.

A truncated or modified archive cannot be decrypted, because age authenticates each chunk and the
end.
"""

import hashlib
import json
import operator
import os
import shutil
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BufferedReader, BufferedWriter, BytesIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

import pyrage
from django.core.signing import BadSignature, Signer
from pyrage.x25519 import Identity, Recipient

MANIFEST, SIGNATURE = "manifest.json", "manifest.signature"
TABLES, UPLOADS = "tables", "uploads"
CHUNK_SIZE = 1 << 16  # bytes
# Limits in bytes of what is read into memory at once: the list of files, and one long file name.
# The list has about 220 bytes for each upload.
MAX_TEXT_SIZE, MAX_NAME_SIZE = 1 << 25, 1 << 12
MAX_HEAD_SIZE = 1 << 12  # bytes; two recipients need about 300
DISK_BLOCK_SIZE = 1 << 12  # bytes that even a small file takes on the disk


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
    sizes: dict[str, int]  # bytes by name

    @classmethod
    def parse(cls, text: bytes) -> "Manifest":
        """Raises `InvalidArchive` if anything is missing, unknown or of the wrong type."""
        try:
            manifest = cls(**json.loads(text))
            if datetime.fromisoformat(manifest.made).tzinfo is None:
                raise ValueError
            texts = [*manifest.migrations, *manifest.sequences]
            texts += map(str, map(operator.index, manifest.sequences.values()))
            if manifest.sizes.keys() != manifest.files.keys():
                raise ValueError
            if any(operator.index(size) < 0 for size in manifest.sizes.values()):
                raise ValueError
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
    sha256: str
    open: Callable[[], IO[bytes]]

    @classmethod
    def read(cls, name: str, opener: Callable[[], IO[bytes]]) -> "Member":
        """Reads the file to compute its size and hash, which the archive lists before its files."""
        size, found = 0, hashlib.sha256()
        with opener() as opened:
            while chunk := opened.read(CHUNK_SIZE):
                size += len(chunk)
                found.update(chunk)
        return cls(name, size, found.hexdigest(), opener)


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
    """A writable stream. A thread encrypts what is written to it into `target`."""
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
        with open(read, "rb") as plain:  # noqa: PTH123
            try:
                yield plain
            except InvalidArchive:
                raise  # age has verified what was read. Closing the pipe ends the thread.
            except Exception:
                _drain(plain)
                decryption.result()  # raises the error of age, if that caused this one
                raise
            _drain(plain)
        decryption.result()


def _drain(plain: IO[bytes]) -> None:
    """Read to the end, so that age verifies the whole archive."""
    while plain.read(CHUNK_SIZE):
        pass


def _write_tar(target: IO[bytes]) -> tarfile.TarFile:
    # Not the newer PAX format. Its headers can describe sparse files, and tarfile reads such a
    # header before _FileInfo could refuse the file. So _FileInfo refuses all PAX headers.
    return tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT)


def write(
    target: IO[bytes], members: Iterable[Member], facts: dict, keys: list[Recipient]
) -> Manifest:
    """Write an archive of `members` to `target`. `facts` are the rest of the manifest.

    Raises OSError if a member has changed since it was read.
    """
    members = list(members)
    manifest = Manifest(
        **facts,
        files={member.name: member.sha256 for member in members},
        sizes={member.name: member.size for member in members},
    )
    text = json.dumps(asdict(manifest), indent=1)
    with _encrypting_writer(target, keys) as plain, _write_tar(plain) as tar:
        for name, content in {MANIFEST: text, SIGNATURE: _signer().signature(text)}.items():
            _add(tar, name, len(content), BytesIO(content.encode()))  # ASCII
        for member in members:
            with member.open() as opened:
                reader = _HashingReader(opened)
                _add(tar, member.name, member.size, reader)
                if opened.read(1) or reader.hash.hexdigest() != member.sha256:
                    raise OSError(f"{member.name} was changed meanwhile.")
    return manifest


def _add(tar: tarfile.TarFile, name: str, size: int, content: "IO[bytes] | _HashingReader") -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    tar.addfile(info, content)


def read(
    source: IO[bytes], keys: list[Identity], folder: Path | None = None, sha256: str = ""
) -> tuple[Manifest, str]:
    """Read the whole archive, extract it into `folder` if given, and verify every hash.

    Returns the manifest, and the SHA-256 of the archive. With `sha256`, the archive must have that
    hash and may be signed by another site. Raises `InvalidArchive` if anything is wrong.
    """
    if sha256:
        _check_sha256(hashlib.file_digest(source, "sha256").hexdigest(), sha256)  # type: ignore[arg-type]
        source.seek(0)
    encrypted = _HashingReader(source)
    _check_head(source)
    try:
        with (
            _decrypting_reader(cast("IO[bytes]", encrypted), keys) as plain,
            tarfile.open(fileobj=plain, mode="r|", tarinfo=_FileInfo) as tar,
        ):
            infos = iter(tar)
            text, signature = (_read_text(tar, infos, name) for name in (MANIFEST, SIGNATURE))
            if not sha256:
                _check_signature(text, signature)
            manifest = Manifest.parse(text)
            if folder:
                check_space(manifest.sizes.values(), folder)
            missing = _read_files(tar, infos, manifest, folder)
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
    # Not reported earlier: a truncated archive lacks files too, but then age raises an error above.
    if missing:
        raise InvalidArchive(f"it lacks {min(missing)!a}.")
    digest = encrypted.hash.hexdigest()
    if sha256:
        _check_sha256(digest, sha256)  # again, because the file may have changed
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
            raise InvalidArchive(_unexpected(info.name))
        return info


def _unexpected(name: str) -> str:
    return f"it contains {name!a}, which does not belong in a backup of this site."


def _is_name(name: str) -> bool:
    """Whether `write` could have given a member this name."""
    path = PurePosixPath(name)
    return (
        name.startswith((f"{TABLES}/", f"{UPLOADS}/"))
        and ".." not in path.parts
        and str(path) == name
        and _is_printable(name)
    )


def _is_printable(text: object) -> bool:
    return isinstance(text, str) and text.isprintable()


def _signer() -> Signer:
    return Signer(salt="dpa_site.backups")


def _read_text(tar: tarfile.TarFile, infos: Iterator[tarfile.TarInfo], name: str) -> bytes:
    """The content of the next member, which must have this name."""
    if (info := next(infos, None)) is None:
        raise tarfile.ReadError
    opened = tar.extractfile(info) if info.name == name else None
    if opened is None:
        raise InvalidArchive(
            "it does not begin with a signed list of its files, as backups of this version do."
        )
    if info.size > MAX_TEXT_SIZE:
        raise InvalidArchive(_unexpected(info.name))
    return opened.read()


def _check_signature(text: bytes, signature: bytes) -> None:
    try:
        _signer().unsign(b":".join((text, signature)).decode("ascii"))
    except (BadSignature, UnicodeDecodeError) as error:
        raise InvalidArchive(
            "it was not made with the SECRET_KEY of this site, or one of SECRET_KEY_FALLBACKS. If "
            "you noted its SHA-256 when it was made, add --sha256."
        ) from error


def _check_sha256(found: str, wanted: str) -> None:
    if found != wanted.lower():
        raise InvalidArchive(f"its SHA-256 is {found}, and not the given one.")


def check_space(sizes: Collection[int], folder: Path) -> None:
    """Raise `InvalidArchive` if files of these sizes do not fit on the disk with `folder`."""
    needed = sum(sizes) + DISK_BLOCK_SIZE * len(sizes)
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InvalidArchive(
            f"its files need {needed / 1e6:.1f} MB in {folder}, where {free / 1e6:.1f} MB are free."
        )


def _read_files(
    tar: tarfile.TarFile,
    infos: Iterator[tarfile.TarInfo],
    manifest: Manifest,
    folder: Path | None,
) -> Collection[str]:
    """Read the listed members, and write them into `folder` if given. Returns missing names."""
    missing = dict(manifest.files)
    for name in missing:
        if not _is_name(name):
            raise InvalidArchive(_unexpected(name))
    # In this order, a name stands directly before the names of files in a folder of that name.
    for name, following in pairwise(sorted(f"{name}/" for name in missing)):
        if following.startswith(name):
            raise InvalidArchive(_unexpected(following.removesuffix("/")))
    for info in infos:
        sha256, opened = missing.pop(info.name, None), tar.extractfile(info)
        if sha256 is None or opened is None or info.size != manifest.sizes[info.name]:
            raise InvalidArchive(_unexpected(info.name))
        if _extract(opened, folder and folder / info.name) != sha256:
            raise InvalidArchive(f"its file {info.name!a} differs from its list of files.")
    return missing.keys()


def _extract(opened: IO[bytes], to: Path | None) -> str:
    """Read a member, write it to the file `to` if given, and return its SHA-256."""
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
