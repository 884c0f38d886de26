"""The backup format: an age-encrypted tar whose last member lists the SHA-256 hashes of the others.

Writing a backup needs only the public key; reading one needs the secret key. A truncated or
modified archive cannot be decrypted, because age authenticates each chunk and the end.
"""

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BufferedReader, BufferedWriter, BytesIO
from pathlib import Path
from typing import IO, NamedTuple

import pyrage
from pyrage.x25519 import Identity, Recipient

MANIFEST = "manifest.json"
CHUNK_SIZE = 1 << 16  # bytes


class InvalidArchive(Exception):
    """Raised when an archive cannot be used; the message gives the reason in one sentence."""


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
                yield plain
                while plain.read(CHUNK_SIZE):
                    pass  # read to the end, so that age verifies the whole archive
        except (tarfile.TarError, ValueError):
            decryption.result()  # raises the error of the thread, if there was one
            raise
        decryption.result()


def write(target: IO[bytes], members: Iterable[Member], facts: dict, keys: list[Recipient]) -> dict:
    """Write an archive of `members` to `target`; returns its manifest: `facts` and the hashes."""
    hashes = {}
    with _encrypting_writer(target, keys) as plain, tarfile.open(fileobj=plain, mode="w|") as tar:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.size = member.size
            with member.open() as opened:
                reader = _HashingReader(opened)
                tar.addfile(info, reader)
            hashes[member.name] = reader.hash.hexdigest()
        manifest = facts | {"files": hashes}
        text = json.dumps(manifest, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(text)
        tar.addfile(info, BytesIO(text))
    return manifest


def read(source: IO[bytes], keys: list[Identity], folder: Path | None = None) -> dict:
    """Read the whole archive, extract it into `folder` if given, and verify every hash.

    Returns the manifest. Raises `InvalidArchive` if anything is wrong.
    """
    try:
        with (
            _decrypting_reader(source, keys) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            hashes = {}
            manifest: dict = {}
            for info in tar:
                opened = tar.extractfile(info)
                if opened is None or not _is_safe_path(info.name):
                    raise InvalidArchive(
                        f"it contains {info.name}, which does not belong in a backup of this site."
                    )
                if info.name == MANIFEST:
                    manifest = json.load(opened)
                    continue
                hashes[info.name] = _extract(opened, folder and folder / info.name)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise InvalidArchive("this key does not decrypt it.") from error
        raise InvalidArchive("it is not a backup, or its beginning is damaged.") from error
    except (tarfile.TarError, ValueError) as error:
        raise InvalidArchive("it is not a backup of this site.") from error
    except OSError as error:
        if error.errno:  # an error of the disk and not of age
            raise
        raise InvalidArchive("it is incomplete or damaged.") from error
    if not manifest or manifest.get("files") != hashes:
        raise InvalidArchive("its files do not match its list of files.")
    return manifest


def _is_safe_path(name: str) -> bool:
    return ".." not in Path(name).parts and not name.startswith("/")


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
