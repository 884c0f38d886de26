"""The form of a backup: a tar encrypted with age, whose last member lists the hashes of the others.

Whoever has the public key can write one; only the secret key opens it. What was cut or changed does
not open, since age signs each part and the end.
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


class Refused(Exception):
    """Why an archive cannot be used, in one sentence."""


class Member(NamedTuple):
    """A file on its way into an archive."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


class _Hashed:
    """Passes bytes on and adds them up."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.sum = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.source.read(size)
        self.sum.update(piece)
        return piece


@contextmanager
def _encrypted(target: IO[bytes], recipients: list[Recipient]) -> Iterator[BufferedWriter]:
    """A stream whose bytes are encrypted into `target` while they are written."""
    read, write = os.pipe()

    def encrypt() -> None:
        with open(read, "rb") as plain:  # noqa: PTH123
            try:
                pyrage.encrypt_io(plain, target, recipients)
            except pyrage.EncryptError as error:  # what the disk said, in age's words
                raise OSError(str(error)) from error

    with ThreadPoolExecutor(1) as thread:
        work = thread.submit(encrypt)
        try:
            with open(write, "wb") as plain:  # noqa: PTH123
                yield plain
        except BrokenPipeError:
            work.result()  # says why nobody reads any more
            raise
        work.result()


@contextmanager
def _decrypted(source: IO[bytes], identities: list[Identity]) -> Iterator[BufferedReader]:
    """A stream of what `source` holds; an error of age comes out when it ends."""
    read, write = os.pipe()

    def decrypt() -> None:
        with open(write, "wb") as plain:  # noqa: PTH123
            pyrage.decrypt_io(source, plain, identities)

    with ThreadPoolExecutor(1) as thread:
        work = thread.submit(decrypt)
        try:
            with open(read, "rb") as plain:  # noqa: PTH123
                yield plain
                while plain.read(CHUNK_SIZE):
                    pass  # to its end, or its signature would not be looked at
        except (tarfile.TarError, ValueError):
            work.result()  # the better reason, if there is one
            raise
        work.result()


def write(target: IO[bytes], members: Iterable[Member], facts: dict, keys: list[Recipient]) -> dict:
    """Writes an archive of `members` into `target`; its manifest is `facts` and the hashes."""
    hashes = {}
    with _encrypted(target, keys) as plain, tarfile.open(fileobj=plain, mode="w|") as tar:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.size = member.size
            with member.open() as opened:
                hashed = _Hashed(opened)
                tar.addfile(info, hashed)
            hashes[member.name] = hashed.sum.hexdigest()
        manifest = facts | {"files": hashes}
        text = json.dumps(manifest, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(text)
        tar.addfile(info, BytesIO(text))
    return manifest


def read(source: IO[bytes], keys: list[Identity], folder: Path | None = None) -> dict:
    """Reads the whole archive, into `folder` if there is one, and looks at every hash.

    Returns the manifest. Raises `Refused` when anything is wrong.
    """
    try:
        with _decrypted(source, keys) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            hashes = {}
            manifest: dict = {}
            for info in tar:
                opened = tar.extractfile(info)
                if opened is None or not _is_within(info.name):
                    raise Refused(
                        f"it contains {info.name}, which does not belong in a backup of this site."
                    )
                if info.name == MANIFEST:
                    manifest = json.load(opened)
                    continue
                hashes[info.name] = _take(opened, folder and folder / info.name)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise Refused("this key does not decrypt it.") from error
        raise Refused("it is not a backup, or its beginning is damaged.") from error
    except (tarfile.TarError, ValueError) as error:
        raise Refused("it is not a backup of this site.") from error
    except OSError as error:
        if error.errno:  # of the disk, not of age
            raise
        raise Refused("it is incomplete or damaged.") from error
    if not manifest or manifest.get("files") != hashes:
        raise Refused("its files do not match its list of files.")
    return manifest


def _is_within(name: str) -> bool:
    return ".." not in Path(name).parts and not name.startswith("/")


def _take(opened: IO[bytes], to: Path | None) -> str:
    """The hash of a member; its bytes go into a file, if it is named."""
    hashed = _Hashed(opened)
    if to is None:
        while hashed.read(CHUNK_SIZE):
            pass
    else:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("wb") as file:
            while piece := hashed.read(CHUNK_SIZE):
                file.write(piece)
    return hashed.sum.hexdigest()
