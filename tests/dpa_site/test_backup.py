import errno
import io
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from moto import mock_aws
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg.sql import SQL, Identifier
from wagtail.models import Site

import tests.databases
from dpa_site.backups import archive, databases, page_hashes, store, tables
from dpa_site.caching.cdn import queue_purge
from editorial.sharing.links import DraftLink
from pictures.models import Picture
from staff.models import AccountChange, User
from tests import factories
from tests.dpa_site import hostile_archives

pytestmark = pytest.mark.usefixtures("all_renditions", "migrated_copies")


@pytest.fixture
def committed_page(committed_database: str, storage: Path) -> Iterator[Any]:
    """A page with a picture, and a user. Both are committed, so other connections see them."""
    root = Site.objects.get(is_default_site=True).root_page
    picture = factories.picture("Kept", size=(60, 40))
    page = factories.StandardPageFactory(
        parent=root, title="Kept words", slug="kept", lead_picture=picture
    )
    User.objects.create(username="kept")
    try:
        yield page
    finally:
        page.delete()
        Picture.objects.all().delete()
        User.objects.filter(username__in=["kept", "later"]).delete()


def key(storage: Path) -> str:
    return str(storage.with_name("key"))


def files() -> dict[Path, bytes]:
    root = Path(settings.MEDIA_ROOT)
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_restore_recovers_database_and_uploads(
    committed_page: Any, storage: Path, capsys: Any
) -> None:
    texts, uploads = page_hashes.hashes(), files()
    html = Client().get(committed_page.url, headers={"host": "localhost"}).content
    assert b"Kept words" in html
    call_command("backup")
    (file,) = storage.iterdir()  # no partial file is left
    assert file.name in capsys.readouterr().out
    assert file.stat().st_mode & 0o077 == 0
    assert b"staff_user" not in file.read_bytes()

    committed_page.title = "Other words"
    committed_page.save()
    User.objects.filter(username="kept").delete()
    User.objects.create(username="later")
    for path in files():
        path.unlink()
    default_storage.save("original_images/later.svg", io.BytesIO(b"<svg/>"))
    with pytest.raises(CommandError, match="This site is not empty"):
        call_command("restore", "latest", key=key(storage))
    call_command("restore", "latest", key=key(storage), replace_everything=True)
    assert "differs from when the backup was made" not in capsys.readouterr().err
    names = set(User.objects.values_list("username", flat=True))
    assert "kept" in names
    assert "later" not in names
    assert page_hashes.hashes() == texts
    assert Client().get(committed_page.url, headers={"host": "localhost"}).content == html
    # Originals are the same. Renditions have the same names, because pages in a CDN may still refer
    # to them.
    restored = files()
    assert restored.keys() == uploads.keys()
    originals = [path for path in uploads if "original_images" in path.parts]
    assert originals
    assert all(restored[path] == uploads[path] for path in originals)


def test_restore_into_empty_database(committed_page: Any, storage: Path, settings: Any) -> None:
    call_command("backup")
    settings.MEDIA_ROOT = storage.with_name("empty")
    former = connection.settings_dict["NAME"]
    with databases.second_database() as name:
        tests.databases.connect_to(name)
        try:
            call_command("restore", "latest", key=key(storage))
            call_command("release", password_file=storage.with_name("password"))
            assert (
                committed_page.title
                in Client().get(committed_page.url, headers={"host": "localhost"}).text
            )
            assert Picture.objects.get().file.size
        finally:
            tests.databases.connect_to(former)


def test_restore_reuses_no_primary_key(committed_page: Any, storage: Path) -> None:
    """A new account with the primary key of a deleted account would inherit its history."""
    deleted = User.objects.create(username="deleted")
    deleted_pk = deleted.pk
    deleted.delete()
    call_command("backup")
    call_command("restore", "latest", key=key(storage), replace_everything=True)
    assert User.objects.create(username="later").pk > deleted_pk


def test_only_one_restore_or_verification_runs_at_a_time(
    committed_page: Any, storage: Path
) -> None:
    call_command("backup")
    with (
        databases.second_database(),
        pytest.raises(CommandError, match="Another backup is being restored"),
    ):
        call_command("verify_backup", key=key(storage))


def test_backups_at_the_same_time_are_both_stored(committed_page: Any, storage: Path) -> None:
    def back_up(_number: int) -> None:
        try:
            call_command("backup")
        finally:
            connection.close()

    page_hashes.hashes()  # creates the site settings
    with ThreadPoolExecutor() as pool:
        list(pool.map(back_up, range(2)))
    names = store.all_names()
    assert len(names) == 2
    assert sorted(path.name for path in storage.iterdir()) == names


def test_backup_removes_what_a_killed_verification_left(committed_page: Any, storage: Path) -> None:
    call_command("backup")
    left, new = storage / "unfinished-left", storage / "unfinished-new"
    for folder in (left, new):
        folder.mkdir()
    os.utime(left, (0, 0))
    with databases.second_database() as name:
        pass
    databases._maintain(SQL("CREATE DATABASE {}").format(Identifier(name)))
    with store.temp_dir() as used:
        os.utime(used, (0, 0))
        call_command("backup")
        assert sorted(storage.glob("unfinished-*")) == sorted([used, new])
    assert not databases._exists(name)
    with databases.second_database():
        call_command("backup")
        assert databases._exists(name)


def test_backup_under_the_name_of_another_time_is_refused(
    committed_page: Any, storage: Path
) -> None:
    """An older backup under a newer name would bring back people who were deleted since."""
    call_command("backup")
    (file,) = storage.iterdir()
    other_time = timezone.now() - timedelta(hours=1)
    file.rename(file.with_name(f"{other_time:{store.NAME_FORMAT}}"))
    with pytest.raises(CommandError, match="its name has another time"):
        call_command("verify_backup", key=key(storage))


def test_verify_backup_compares_pages_and_leaves_no_database(
    committed_page: Any, storage: Path, capsys: Any
) -> None:
    call_command("backup")
    before = files()
    call_command("verify_backup", key=key(storage))
    assert (
        f"all {len(page_hashes.hashes())} pages are as they were saved" in capsys.readouterr().out
    )
    assert files() == before
    with connection.cursor() as cursor:
        restored = f"{connection.settings_dict['NAME']}_restored"
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [restored])
        assert cursor.fetchone() == (0,)


def test_verify_backup_names_pages_that_differ(committed_page: Any, storage: Path) -> None:
    call_command("backup")
    manifest, folder = hostile_archives.unpack(storage)
    pages = manifest.pages | {"/kept/": "other"}
    other = hostile_archives.pack(storage, folder, replace(manifest, pages=pages))
    with pytest.raises(CommandError, match=r"1 of 2 pages differ from when .*: /kept/"):
        call_command("verify_backup", str(other), key=key(storage))


def test_backup_leaves_out_state_of_the_running_site(committed_page: Any, storage: Path) -> None:
    def state() -> tuple[bool, ...]:
        rows = (
            Session.objects,
            ProcrastinateJob.objects,
            DraftLink.objects,
            AccountChange.objects,
        )
        return (*(each.exists() for each in rows), caches["log_in"].get("kept") is not None)

    Session.objects.create(session_key="kept", expire_date=timezone.now() + timedelta(days=1))
    caches["log_in"].set("kept", 5)
    queue_purge()
    DraftLink.objects.create(page=committed_page)
    AccountChange.objects.create(username="kept", email="kept@example.org", change="disabled")
    assert state() == (True,) * 5
    call_command("backup")
    with store.open_backup("latest", key(storage)) as found, databases.in_use(found.database):
        assert state() == (False,) * 5


@pytest.mark.django_db
def test_each_excluded_table_exists() -> None:
    names = connection.introspection.table_names()
    for pattern in tables.EXCLUDED.pattern.split("|"):
        assert any(re.fullmatch(pattern, name) for name in names), pattern


def test_restore_rejects_damaged_or_foreign_archives(
    committed_page: Any, storage: Path, tmp_path: Path
) -> None:
    call_command("backup")
    (file,) = storage.iterdir()
    before, texts, whole = files(), page_hashes.hashes(), file.read_bytes()
    call_command("backup_key", str(tmp_path / "other"))
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    wrong = {
        "another": (whole, "other", "this key does not decrypt it"),
        "cut": (whole[: len(whole) // 2], "key", "it is incomplete or damaged"),
        "end": (whole[:-1], "key", "it is incomplete or damaged"),
        "changed": (bytes(changed), "key", "it is incomplete or damaged"),
        "none": (b"not an archive", "key", "it is not a backup"),
        "public": (whole, "key.pub", "contains no secret key"),
        "nowhere": (whole, "no-such-key", "could not be read"),
    }
    for name, (content, key_, sentence) in wrong.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CommandError, match=sentence):
            call_command(
                "restore", str(tmp_path / name), key=str(tmp_path / key_), replace_everything=True
            )
    with pytest.raises(CommandError, match="could not be read"):
        call_command("restore", "/nowhere", key=key(storage), replace_everything=True)
    assert files() == before
    assert page_hashes.hashes() == texts
    assert list(storage.iterdir()) == [file]


def test_backup_to_s3_bucket(
    committed_page: Any, storage: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    options = {"bucket_name": "backups", "region_name": "us-east-1", "file_overwrite": False}
    with mock_aws():
        bucket = boto3.resource("s3", region_name="us-east-1").Bucket("backups")
        bucket.create()
        backend = {"BACKEND": "dpa_site.assets.s3_storages.PrivateBucket", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"backups": backend}
        call_command("backup")
        assert [found.key for found in bucket.objects.all()] == store.all_names()
        call_command("verify_backup", key=key(storage))
    assert "pages are as they were saved" in capsys.readouterr().out
    assert list(storage.iterdir()) == []


def test_backup_on_full_disk_fails_and_leaves_no_file(
    committed_page: Any, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, piece: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    write = archive.write
    monkeypatch.setattr(archive, "write", lambda target, *more: write(Full(), *more))
    with pytest.raises(CommandError, match=r"could not be written: .*No space left on device"):
        call_command("backup")
    assert list(storage.iterdir()) == []


def test_backup_that_reads_back_differently_fails(
    committed_page: Any, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = archive.read
    made = timezone.now().isoformat()

    def misread(*given: Any) -> Any:
        manifest, sha256 = read(*given)
        return replace(manifest, made=made), sha256

    monkeypatch.setattr(archive, "read", misread)
    with pytest.raises(CommandError, match="Check the disk"):
        call_command("backup")
    assert list(storage.iterdir()) == []


def test_restore_rejects_backup_of_newer_version(committed_page: Any, storage: Path) -> None:
    call_command("backup")
    manifest, folder = hostile_archives.unpack(storage)
    migrations = [*manifest.migrations, "mission.9999_new"]
    newer = hostile_archives.pack(storage, folder, replace(manifest, migrations=migrations))
    with pytest.raises(CommandError, match=r"newer version of this site .mission\.9999_new"):
        call_command("restore", str(newer), key=key(storage), replace_everything=True)


def test_swap_fails_if_another_user_stays_connected(
    committed_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "RENAME_ATTEMPTS", 1)
    parameters = connection.get_connection_params()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE other LOGIN")
    try:
        with (
            psycopg.connect(**parameters | {"user": "other"}),
            databases.second_database() as name,
            pytest.raises(CommandError, match="Other programs are connected to the database"),
        ):
            databases.swap(name)
        assert Site.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE other")


@pytest.mark.django_db
def test_expired_backups_are_deleted_except_newest_two(storage: Path) -> None:
    storage.mkdir()
    # The second backup will be more than 35 days old by the time of the next nightly backup.
    days = (90, 34.1, 33.9, 1)
    names = [f"{timezone.now() - timedelta(days=ago):{store.NAME_FORMAT}}" for ago in days]
    others = ("notes.txt", "first.tar.age", "2026-13-01-000000.tar.age", "2026-1-1-000000.tar.age")
    for name in (*names, *others):
        (storage / name).write_text("")
    assert store.delete_expired() == names[:2]
    assert store.all_names() == names[2:]
    for name in names[2:]:
        (storage / name).unlink()
    for name in names[:2]:
        (storage / name).write_text("")
    assert store.delete_expired() == []  # the newest two are kept even if they have expired


@pytest.mark.django_db
def test_backup_dated_in_the_future_is_not_the_latest(storage: Path) -> None:
    storage.mkdir()
    dates = [timezone.now() + timedelta(days=days) for days in (-90, -60, -1, 99)]
    names = [f"{date:{store.NAME_FORMAT}}" for date in dates]
    for name in names:
        (storage / name).write_text("")
    assert store.past_names() == names[:3]
    assert store.delete_expired() == names[:1]
