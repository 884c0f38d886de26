"""Test databases: one template for each `Content`, copied for each process.

A template's name contains a hash of its source files. After a change of these files, a new template
is made and the old one is dropped. Copying takes a fraction of a second. Migrating takes several
seconds, and loading the starter content takes ten.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache as cached
from functools import cached_property
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from psycopg import sql

BASE_DIR = Path(settings.BASE_DIR)
BASE_NAME = f"test_{settings.DATABASES['default']['NAME']}"
FILES = BASE_DIR / "var/test-media"


@dataclass(frozen=True)
class Content:
    """What a database contains before a test begins.

    `make` fills a migrated database. `sources` are paths relative to the repository. The template
    is made again when a file there or the site's code changes.
    """

    name: str
    make: Callable[[], None] | None = None
    sources: tuple[str, ...] = ()

    @cached_property
    def template(self) -> str:
        """The name of the template database. PostgreSQL truncates names after 63 bytes."""
        with _server() as server:
            digest = hashlib.sha256(str(server.info.server_version).encode())
        for path in _migration_sources() if self.make is None else _all_sources(self.sources):
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
        return f"{BASE_NAME}_{self.name}_{digest.hexdigest()[:12]}"

    @property
    def copy(self) -> str:
        """The name of this process's copy of the template."""
        return f"{BASE_NAME}_{self.name}_of{os.getpid()}"

    @property
    def files(self) -> Path:
        """The folder of the uploads that belong to the template."""
        return FILES / self.template


MIGRATED = Content("migrated")
being_made = ""  # name of the content that is being made; tests/factories.py puts it into names
_copied: set[str] = set()


def use(content: Content) -> None:
    """Make this process's copy of `content` the default database."""
    if content.copy not in _copied:
        if not _copied:
            _drop_copies_of_ended_processes()
        make_template(content)
        _create(content.copy, content.template)
        _copied.add(content.copy)
    if connection.settings_dict["NAME"] != content.copy:
        connect_to(content.copy)
    _restore_files(content)


def restore(content: Content) -> None:
    """Restore this process's copy after a test that committed changes."""
    disconnect()
    _create(content.copy, content.template)
    disconnect()  # a live server's thread may have connected again
    cache.clear()
    _restore_files(content)


def drop_copies() -> None:
    """Drop the copies that `use` made in this process."""
    disconnect()
    for name in _copied:
        _drop(name)
    _copied.clear()


def replace_current(content: Content) -> None:
    """Make the current database a copy of `content`."""
    make_template(content)
    name = connection.settings_dict["NAME"]
    disconnect()
    _create(name, content.template)


def connect_to(name: str) -> None:
    """Make the named database the default one, for all threads."""
    disconnect()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def disconnect() -> None:
    """Close this thread's connection and the idle ones in the pool."""
    connection.close()
    connection.close_pool()


def make_template(content: Content) -> None:
    """Make the template of `content` unless it exists. A lock makes other processes wait."""
    global being_made
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [content.template])
        if content.template in _names(content.template):
            return
        if content.make is not None:
            make_template(MIGRATED)
        unfinished, before = f"{content.template}_new", connection.settings_dict["NAME"]
        _create(unfinished, "template0" if content.make is None else MIGRATED.template)
        shutil.rmtree(content.files, ignore_errors=True)
        content.files.mkdir(parents=True)
        connect_to(unfinished)
        with override_settings(MEDIA_ROOT=content.files):
            if content.make is None:
                call_command("migrate", verbosity=0, interactive=False)
                call_command("createcachetable", verbosity=0)
            else:
                being_made = content.name
                try:
                    content.make()
                finally:
                    being_made = ""
        connect_to(before)
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(statement.format(*map(sql.Identifier, (unfinished, content.template))))
        for older in set(_names(f"{BASE_NAME}_{content.name}_[0-9a-f]{{12}}")) - {content.template}:
            _drop(older)
            shutil.rmtree(FILES / older, ignore_errors=True)


def _restore_files(content: Content) -> None:
    for path in _files(content):
        target = Path(settings.MEDIA_ROOT) / path.relative_to(content.files)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


@cached
def _files(content: Content) -> list[Path]:
    """The uploads of a finished template, cached because they never change."""
    return [path for path in content.files.rglob("*") if path.is_file()]


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    """A connection to the server's `postgres` database, which no test uses."""
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    with psycopg.connect(**parameters, autocommit=True) as server:
        yield server


def _names(pattern: str) -> list[str]:
    """The names of databases that match the regular expression."""
    with _server() as server:
        query = "SELECT datname FROM pg_database WHERE datname ~ %s"
        return [name for (name,) in server.execute(query, [f"^{pattern}$"])]


def _create(name: str, template: str) -> None:
    _drop(name)
    with _server() as server:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        server.execute(statement.format(*map(sql.Identifier, (name, template))))


def _drop(name: str) -> None:
    """Drop the database even if a live server's thread is still connected."""
    with _server() as server:
        server.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _drop_copies_of_ended_processes() -> None:
    for name in _names(rf"{BASE_NAME}_\w+_of[0-9]+"):
        try:
            os.kill(int(name.rpartition("_of")[2]), 0)
        except ProcessLookupError:
            _drop(name)
        except PermissionError:  # the process runs as another user
            pass


def _own_apps() -> Iterator[Path]:
    folders = (Path(config.path) for config in apps.get_app_configs())
    return (folder for folder in folders if folder.parent == BASE_DIR)


def _migration_sources() -> Iterator[Path]:
    """The sources of a migrated database: migrations, apps.py and post_migrate handlers."""
    yield BASE_DIR / "requirements-dev.txt"
    for config in apps.get_app_configs():
        yield from sorted(Path(config.path).glob("migrations/*.py"))
    for folder in _own_apps():
        yield folder / "apps.py"  # for example, post_migrate handlers read its role_permissions
        own = sorted(folder.rglob("*.py"))
        yield from (path for path in own if b"post_migrate" in path.read_bytes())


def _all_sources(others: Iterable[str]) -> Iterator[Path]:
    """The site's code, templates and translations, the pinned packages, and `others`."""
    yield from _migration_sources()
    names = (BASE_DIR / name for name in ("templates", "locale", *others))
    for source in (*_own_apps(), *names):
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            if path.is_file() and path.suffix not in {".pyc", ".mo"}:
                yield path
