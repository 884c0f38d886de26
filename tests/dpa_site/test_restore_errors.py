"""After an error at any step, the site has its old rows and files, or all of the new ones."""

import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from wagtail.models import Site

from dpa_site.backups import archive, databases, migrations, page_hashes, tables, uploads
from pictures.models import Picture
from staff.models import User
from tests import factories

pytestmark = pytest.mark.usefixtures("all_renditions", "migrated_copies")

DOCUMENT = "documents/report.pdf"  # exists in the backup and on the site, but the files differ


def state() -> tuple[Any, ...]:
    """Accounts, texts, files and databases."""
    root = Path(settings.MEDIA_ROOT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s",
            [f"{connection.settings_dict['NAME']}%"],
        )
        found = sorted(cursor.fetchall())
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    return {*User.objects.values_list("username", flat=True)}, page_hashes.hashes(), files, found


@pytest.fixture
def backed_up(committed_database: str, storage: Path) -> Iterator[tuple]:
    """Make a backup, then change rows and files. Yields the state in the backup."""
    root = Site.objects.get(is_default_site=True).root_page
    page = factories.StandardPageFactory(
        parent=root, slug="kept", lead_picture=factories.picture("Kept", size=(60, 40))
    )
    User.objects.create(username="kept")
    default_storage.save(DOCUMENT, BytesIO(b"kept"))
    call_command("backup")
    saved = state()
    page.delete()
    Picture.objects.get().delete()
    User.objects.get(username="kept").delete()
    default_storage.delete(DOCUMENT)
    User.objects.create(username="later")
    default_storage.save(DOCUMENT, BytesIO(b"later"))
    factories.picture("Later", size=(50, 30)).make_sizes()
    try:
        yield saved
    finally:
        root.get_children().filter(slug="kept").delete()
        Picture.objects.all().delete()
        User.objects.filter(username__in=["kept", "later"]).delete()


def fail(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int = 1) -> None:
    """Let a function fail at its call number `call`, after it has done its work."""
    original: Callable = getattr(owner, name)
    calls = []

    def done_and_failed(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        calls.append(name)
        if len(calls) == call:
            raise OSError(28, "No space left on device")
        return result

    monkeypatch.setattr(owner, name, done_and_failed)


def restore(storage: Path) -> None:
    key = str(storage.with_name("key"))
    call_command("restore", "latest", key=key, replace_everything=True)


BEFORE_SWAP = {
    "decryption": (archive, "_extract", 3),
    "second database": (databases, "_use"),
    "migrations": (migrations, "migrate_to"),
    "rows": (tables, "_load_table", 9),
    "comparison": (page_hashes, "hashes"),
    "first copy of an upload": (uploads, "_save"),
    "last copy of an upload": (uploads, "_save", 2),
    "deletion of the former document": (FileSystemStorage, "delete"),
    "copy of the former document": (uploads, "_copy"),
    "before the swap": (databases, "_former"),
}
AFTER_SWAP = {
    "drop": (databases, "drop_former"),
    "deletion of other uploads": (FileSystemStorage, "delete", 5),
    "list of other uploads": (uploads, "files_without_row"),
}


KILLED = {
    name: (BEFORE_SWAP | AFTER_SWAP)[name]
    for name in ("rows", "last copy of an upload", "before the swap", "deletion of other uploads")
}


@pytest.mark.parametrize("step", BEFORE_SWAP.values(), ids=BEFORE_SWAP)
def test_error_before_the_swap_changes_nothing(
    backed_up: tuple, storage: Path, monkeypatch: pytest.MonkeyPatch, step: tuple
) -> None:
    before = state()
    with monkeypatch.context() as patch:
        fail(patch, *step)
        with pytest.raises(CommandError, match=r"No space left on device.*\. Nothing was changed"):
            restore(storage)
    assert state() == before


def test_uploads_that_do_not_fit_on_the_disk_change_nothing(
    backed_up: tuple, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state()
    with monkeypatch.context() as patch:
        disk_usage = shutil.disk_usage
        full = SimpleNamespace(free=100)
        patch.setattr(
            archive.shutil,
            "disk_usage",
            lambda path: full if path == Path(settings.MEDIA_ROOT) else disk_usage(path),
        )
        with pytest.raises(CommandError, match=r"media, where 0\.0 MB are free\. Nothing was"):
            restore(storage)
    assert state() == before


@pytest.mark.parametrize("step", AFTER_SWAP.values(), ids=AFTER_SWAP)
def test_error_after_the_swap_loses_nothing_of_the_backup(
    backed_up: tuple, storage: Path, monkeypatch: pytest.MonkeyPatch, step: tuple
) -> None:
    with monkeypatch.context() as patch:
        fail(patch, *step)
        with pytest.raises(CommandError, match="All rows and uploads of latest are restored, but"):
            restore(storage)
    accounts, pages, files, _databases = state()
    assert (accounts, pages) == backed_up[:2]
    originals = {path for path in backed_up[2] if "images" not in path.parts}
    assert {path: files[path] for path in originals} == {p: backed_up[2][p] for p in originals}
    restore(storage)
    assert_restored(backed_up)


def test_lost_connection_after_the_swap_is_no_error(
    backed_up: tuple, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maintain = databases._maintain

    def lose_connection(*statements: Any) -> None:
        maintain(*statements)
        if len(statements) > 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(databases, "_maintain", lose_connection)
    restore(storage)
    assert_restored(backed_up)


@pytest.mark.parametrize("step", KILLED.values(), ids=KILLED)
def test_killed_restore_can_be_run_again(
    backed_up: tuple, storage: Path, monkeypatch: pytest.MonkeyPatch, step: tuple
) -> None:
    """A killed process cleans nothing up, so the error here must not lead to a cleanup either."""
    drop, name = databases._drop, connection.settings_dict["NAME"]
    with monkeypatch.context() as patch:
        fail(patch, *step)
        patch.setattr(uploads, "_put_back", lambda *_given: None)
        patch.setattr(databases, "_drop", lambda _name: None)
        with pytest.raises(CommandError):
            restore(storage)
    assert connection.settings_dict["NAME"] == name
    restore(storage)
    assert databases._drop is drop
    assert_restored(backed_up)


def assert_restored(backed_up: tuple) -> None:
    """Only rows and files of the backup are there. Renditions may be encoded differently."""
    accounts, pages, files, found = state()
    assert (accounts, pages, found) == (backed_up[0], backed_up[1], backed_up[3])
    assert files.keys() == backed_up[2].keys()
    assert all(files[path] == backed_up[2][path] for path in files if "images" not in path.parts)
