"""Archives not made by `archive.write` are refused and write nothing outside the given folder."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from pyrage.x25519 import Identity

from dpa_site.backups import archive
from dpa_site.backups.archive import MANIFEST, InvalidArchive
from tests.dpa_site.hostile_archives import (
    Entry,
    encrypt,
    entry,
    identity,
    listed,
    mutate,
    signed,
    tar,
    write,
)


def names_and_types(outside: Path) -> Iterator[tuple[str, list[Entry]]]:
    """Entries that do not belong in an archive, by description."""
    names = (
        *("../evil", "tables/../../evil", f"{outside}", "uploads/./a", "uploads//a", "uploads/"),
        *("uploads", "", ".", "..", "evil", "blobs.toc", "database.dump", "uploads/a\x1b[2Jb"),
        *("uploads/\udcff", "tables/a\nb"),
    )
    for name in names:
        yield f"name {name!a}", [entry(name, b"x")]
    types = {
        "symbolic link": tarfile.SYMTYPE,
        "hard link": tarfile.LNKTYPE,
        "character device": tarfile.CHRTYPE,
        "block device": tarfile.BLKTYPE,
        "pipe": tarfile.FIFOTYPE,
        "directory": tarfile.DIRTYPE,
        "sparse file": tarfile.GNUTYPE_SPARSE,
        "long link": tarfile.GNUTYPE_LONGLINK,
        "global header": tarfile.XGLTYPE,
    }
    for description, kind in types.items():
        yield description, [entry("uploads/a", type=kind, linkname="/etc/passwd")]
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9" * 15}
    yield "sparse pax file", [entry("uploads/a", b"1\n0\n0\n" + bytes(506), pax_headers=sparse)]
    yield "negative size", [entry("uploads/a", b"x", pax_headers={"size": "-1024"})]
    yield "large header", [entry("uploads/a", pax_headers={"comment": "x" * 10_000})]
    yield "same name twice", [entry("uploads/a", b"1"), entry("uploads/a", b"2")]
    folder, file = entry("uploads/a/b/c", b"1"), entry("uploads/a", b"2")
    yield "file in a file", [file, folder]
    yield "file with the name of a folder", [folder, file]
    yield "two manifests", [entry(MANIFEST, b"{}")]
    yield "large manifest", [entry(MANIFEST, bytes(archive.MAX_TEXT_SIZE + 1))]
    yield "many headers", [entry("x", type=tarfile.XHDTYPE)] * 2000


def test_unexpected_names_and_types_of_entries_are_refused(storage: Path, tmp_path: Path) -> None:
    for description, entries in names_and_types(tmp_path / "outside"):
        file = write(storage, listed(entries))
        with file.open("rb") as source, pytest.raises(InvalidArchive) as raised:
            archive.read(source, [identity(storage)], storage.with_name("out"))
        assert str(raised.value).isprintable(), description
        left = {path.name for path in storage.parent.iterdir()}
        assert left <= {"key", "key.pub", "out", file.name}, description


def test_long_beginning_is_refused_before_it_is_parsed(storage: Path) -> None:
    """The time to read recipients grows with the square of their number."""
    stanza = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
    head = b"age-encryption.org/v1\n" + stanza * (archive.MAX_HEAD_SIZE // len(stanza) + 1)
    with pytest.raises(InvalidArchive, match="its beginning is damaged"):
        archive.read(BytesIO(head + b"--- " + b"A" * 43 + b"\n"), [identity(storage)])


def manifests() -> Iterator[str]:
    yield from ("", "[]", "null", "{}", '"', "[" * 100_000, '{"made": ' * 50_000, "1" * 10_000)
    facts: dict[str, Any] = {
        **{"made": "2026-11-29T00:00+00:00", "migrations": []},
        **{"sequences": {}, "pages": {}, "files": {}, "sizes": {}},
    }
    for name in facts:
        yield json.dumps({key: value for key, value in facts.items() if key != name})
        for value in (None, 1, "x\x1b[2J", [[]], [1], {"x": 1}, {"x": "\ud800"}, {"a\x1b": "b"}):
            if (name, value) != ("sequences", {"x": 1}):
                yield json.dumps(facts | {name: value})
    yield json.dumps(facts | {"more": ""})
    yield json.dumps(facts | {"files": {"uploads/a": "x"}})
    yield json.dumps(facts | {"files": {"uploads/a": "x"}, "sizes": {"uploads/a": -1}})


def test_invalid_manifests_are_refused(storage: Path) -> None:
    for text in manifests():
        file = write(storage, signed(text))
        with file.open("rb") as source, pytest.raises(InvalidArchive):
            archive.read(source, [identity(storage)])


def test_mutated_archives_are_refused_or_give_the_original_files(storage: Path) -> None:
    contents = {"tables/a": b"id\n1\n", f"uploads/{'ñ' * 120}/b": b"x" * 700, "uploads/c": b""}
    plain = tar(listed(entry(name, content) for name, content in contents.items()))
    random, reasons, out = Random(1), [], storage.with_name("out")  # noqa: S311
    for _time in range(500):
        file = encrypt(storage, mutate(plain, random))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        try:
            with file.open("rb") as source:
                archive.read(source, [identity(storage)], out, digest)
        except InvalidArchive as error:
            reasons.append(str(error))
        else:
            assert all((out / name).read_bytes() == found for name, found in contents.items())
        left = {path.name for path in storage.parent.iterdir()}
        assert left <= {"key", "key.pub", "out", file.name}
        shutil.rmtree(out, ignore_errors=True)
    assert 250 < len(reasons) < 500
    assert all(reason.isprintable() for reason in reasons)


def forged() -> Iterator[tuple[str, list[Entry]]]:
    """Archives with a large upload, and why each is refused."""
    large = entry("uploads/large", bytes(3_000_000))
    manifest, signature, *_more = listed([large])
    yield "not made with the SECRET_KEY", listed([large], secret="another")
    yield "does not begin with a signed list", [large, manifest, signature]
    yield "does not begin with a signed list", [manifest, large, signature]
    yield "does not begin with a signed list", [signature, manifest, large]
    yield "contains 'uploads/large'", [*listed([]), large]
    yield "contains 'uploads/large'", [*listed([entry("uploads/large", b"x")])[:2], large]
    changed = bytes(2_999_999) + b"x"
    yield "uploads/large' differs from", [manifest, signature, entry("uploads/large", changed)]


@pytest.mark.parametrize(("reason", "entries"), [*forged()])
def test_forged_archive_is_refused_before_it_fills_the_disk(
    storage: Path, reason: str, entries: list[Entry]
) -> None:
    out = storage.with_name("out")
    file = write(storage, [*entries, entry("uploads/later", bytes(9_000_000))])
    with file.open("rb") as source:
        with pytest.raises(InvalidArchive, match=reason):
            archive.read(source, [identity(storage)], out)
        assert source.tell() < 8_000_000  # reading stops at the refused entry
    written = [path.stat().st_size for path in out.rglob("*") if path.is_file()]
    assert written == ([3_000_000] if "differs" in reason else [])


def test_wrong_sha256_is_refused_before_anything_is_decrypted(storage: Path) -> None:
    file = write(storage, listed([entry("uploads/a", b"x")]))
    with file.open("rb") as source, pytest.raises(InvalidArchive, match="not the given one"):
        archive.read(source, [], storage.with_name("out"), "0" * 64)
    assert not storage.with_name("out").exists()


@pytest.mark.parametrize("free", [2 * 4096 + 3000 - 1, 2 * 4096 + 3000])
def test_free_space_is_checked_before_files_are_written(
    storage: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    file = write(storage, listed([entry("uploads/a", b"x" * 3000), entry("uploads/b")]))
    usage = SimpleNamespace(free=free)
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _folder: usage)
    out = storage.with_name("out")
    is_enough = free == 2 * 4096 + 3000
    with (
        file.open("rb") as source,
        nullcontext()
        if is_enough
        else pytest.raises(
            InvalidArchive, match=r"its files need 0\.0 MB in .*, where 0\.0 MB are free\."
        ),
    ):
        archive.read(source, [identity(storage)], out)
    assert (out / "uploads/a").exists() is is_enough


def test_upload_that_changes_while_it_is_saved_stops_the_backup(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for before, after in ((b"old", b"new"), (b"old", b"old and more"), (b"old", b"")):
        path.write_bytes(before)
        member = archive.Member.read("uploads/a", lambda: path.open("rb"))
        path.write_bytes(after)
        facts = {"made": "", "migrations": [], "sequences": {}, "pages": {}}
        with pytest.raises(OSError, match=r"changed meanwhile|unexpected end"):
            archive.write(BytesIO(), [member], facts, [Identity.generate().to_public()])
