"""Forged archives run nothing, reveal nothing and change nothing.

The first tests forge archives with the public key alone. The others also sign them with SECRET_KEY,
as an attacker who controls the machine can. Even then, an archive can contain only data.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from wagtail.models import Site

from dpa_site.backups import page_hashes, tables
from dpa_site.backups.archive import SIGNATURE
from staff.models import User
from tests import factories
from tests.dpa_site.hostile_archives import (
    encrypt,
    entry,
    listed,
    pack,
    unpack,
    write,
)
from tests.dumps import pg_dump

# Leaves out roles and databases that other test processes may create meanwhile on the same server.
CATALOGS = """
SELECT 'role', rolname FROM pg_roles WHERE rolname NOT IN ('ordinary', 'other', 'site', 'upgrade')
UNION SELECT 'setting', setdatabase || setrole::text || setconfig::text FROM pg_db_role_setting
UNION SELECT 'large object', oid::text FROM pg_largeobject_metadata
UNION SELECT 'event trigger', evtname FROM pg_event_trigger
UNION SELECT 'database', datname FROM pg_database
    WHERE datname NOT LIKE 'test%' AND datname NOT IN ('forged', 'site')
UNION SELECT 'table', relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"""


def catalogs() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(CATALOGS)
        return sorted(cursor.fetchall())


def uploads() -> dict[Path, bytes]:
    root = Path(settings.MEDIA_ROOT)
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def proof(committed_database: str) -> Iterator[Path]:
    """The file that a payload writes if the server runs it."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # the embedded server may run as another user
        file = Path(folder) / "proof"
        if settings.EMBEDDED_POSTGRES:
            with connection.cursor() as cursor:
                cursor.execute(payloads(file)[0])
            assert file.exists()
            file.unlink()
        yield file


@pytest.fixture
def unharmed(storage: Path, proof: Path) -> Iterator[None]:
    """Compares server and site before and after the test."""
    before = catalogs(), page_hashes.hashes(), uploads()
    yield
    assert not proof.exists()
    assert (catalogs(), page_hashes.hashes(), uploads()) == before


def assert_refused(storage: Path, file: Path, reason: str = "") -> None:
    """Assert that both commands refuse the archive with a one-line message."""
    for command, options in (("verify_backup", {}), ("restore", {"replace_everything": True})):
        with pytest.raises(CommandError, match=reason) as raised:
            call_command(command, str(file), key=str(storage.with_name("key")), **options)
        assert str(raised.value).isprintable()


def payloads(proof: Path) -> list[str]:
    """SQL and psql commands that would leave traces."""
    # cat reads what PostgreSQL sends. Otherwise the statement may fail with a broken pipe.
    program = f"COPY (SELECT 1) TO PROGRAM 'cat > {proof}'"
    return [
        f"{program};",
        f"DO $$ BEGIN EXECUTE '{program.replace(chr(39), chr(39) * 2)}'; END $$;",
        "ALTER DATABASE postgres SET application_name = 'attacker';",
        "CREATE ROLE attacker SUPERUSER LOGIN;",
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION e();",
        "SELECT lo_from_bytea(0, 'large object');",
        f"\\! touch {proof}",
        f"\\copy (SELECT 1) TO PROGRAM 'touch {proof}'",
    ]


@pytest.fixture
def index_function(proof: Path) -> bytes:
    """A dump by pg_dump. Restoring it would run a program, because an index calls a function."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS forged")
        server.execute("CREATE DATABASE forged")
    options = connection.get_connection_params() | {"dbname": "forged"}
    with psycopg.connect(**options, autocommit=True) as attacker:
        attacker.execute(
            "CREATE FUNCTION public.run() RETURNS int LANGUAGE plpgsql AS "
            f"$$ BEGIN {payloads(proof)[0]} RETURN 1; END $$;"
            "CREATE FUNCTION public.stable(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN public.run(); END $$;"
            "CREATE TABLE bait (n int); CREATE INDEX ON bait (public.stable(n));"
        )
        attacker.execute("UPDATE pg_index SET indisready = false WHERE indrelid = 'bait'::regclass")
        attacker.execute("INSERT INTO bait VALUES (1)")
    dump = pg_dump("forged", "--format=custom")
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as server:
        server.execute("DROP DATABASE forged")
    return dump


def test_dump_with_index_function_is_refused(
    index_function: bytes, unharmed: None, storage: Path
) -> None:
    file = write(storage, listed([entry("database.dump", index_function)]))
    assert_refused(storage, file, r"it contains 'database.dump', which does not belong in a backup")


def test_archive_of_another_site_is_refused(unharmed: None, storage: Path) -> None:
    call_command("backup")
    genuine, folder = unpack(storage)
    names = [path for path in folder.rglob("*") if path.is_file()]
    entries = [entry(str(path.relative_to(folder)), path.read_bytes()) for path in names]
    facts = {key: value for key, value in vars(genuine).items() if key != "files"}
    manifest, *_more = listed(entries, facts)
    assert_refused(storage, write(storage, [manifest, *entries]), "not begin with a signed list")
    for forged in ([manifest, entry(SIGNATURE, b"\xff"), *entries], listed(entries, facts, "x")):
        assert_refused(storage, write(storage, forged), "not made with the SECRET_KEY of this site")


def test_given_sha256_replaces_the_check_of_the_signature(
    unharmed: None, storage: Path, migrated_copies: None, capsys: Any, settings: Any
) -> None:
    call_command("backup")
    (file,) = storage.glob("*.age")
    sha256 = capsys.readouterr().out.rpartition("SHA-256: ")[2].strip()
    former, key = settings.SECRET_KEY, str(storage.with_name("key"))
    settings.SECRET_KEY = "another " * 8
    assert_refused(storage, file, "not made with the SECRET_KEY of this site")
    with pytest.raises(CommandError, match=f"its SHA-256 is {sha256}, and not the given one"):
        call_command("verify_backup", key=key, sha256="0" * 64)
    call_command("verify_backup", key=key, sha256=sha256.upper())
    assert f"SHA-256: {sha256}" in capsys.readouterr().out
    settings.SECRET_KEY_FALLBACKS = [former]
    call_command("verify_backup", key=key)


def test_damaged_archives_are_refused(unharmed: None, storage: Path) -> None:
    whole = write(storage, listed([entry("uploads/a", bytes(300_000))])).read_bytes()
    for damaged in (b"", whole[:200], whole[:-1], whole[: len(whole) // 2], whole + b"x"):
        (storage.with_name("damaged")).write_bytes(damaged)
        assert_refused(storage, storage.with_name("damaged"), "cannot be used: it is ")
    for plain in (b"", b"x" * 300_000, bytes(300_000), b"\x1f\x8b" + bytes(300_000)):
        assert_refused(storage, encrypt(storage, plain), "cannot be used: it ")


def edits(folder: Path, proof: Path) -> dict[str, Callable[[], object]]:
    """Changes that make a genuine backup unusable. The keys are patterns of the error messages."""
    users, pages = folder / "tables/staff_user", folder / "tables/wagtailcore_page"
    columns = users.read_bytes().partition(b"\n")[0].decode().split("\t")
    injected = [f'id") FROM PROGRAM $$touch {proof}$$; --', *columns[1:]]

    def upload(name: str, content: bytes = b"x") -> None:
        (folder / "uploads" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "uploads" / name).write_bytes(content)

    return {
        r"it lacks the table wagtailcore_page\.": pages.unlink,
        r"its table staff_user has other columns": lambda: users.write_text("id\tname\n"),
        r"staff_user has other columns than": lambda: users.write_text("\t".join(injected) + "\n"),
        r"table staff_user has other": lambda: users.write_bytes(bytes(100_000)),
        r"does not fit: \w+": lambda: users.write_text("\t".join(columns) + "\n\x1b[2J\tx\n"),
        r"does not fit: IntegrityError": lambda: pages.write_text(
            pages.read_text().replace("\t/\t", "\t/\t", 1).replace("\n1\t", "\n4711\t", 1)
        ),
        # Here “images” and “withdrawals” are files. The later entries make folders of these names.
        r"images, which is no upload": lambda: upload("images"),
        r"withdrawals, which is no upload": lambda: upload("withdrawals"),
        r"images/a\.html, which is no upload": lambda: upload("images/a.html"),
        r"cms_images/a\.html, which is no upload": lambda: upload("cms_images/a.html"),
        r"\.gitkeep, which is no upload": lambda: upload("original_images/.gitkeep"),
        r"its record withdrawals/a\.json .* cannot": lambda: upload(
            "withdrawals/a.json", b"[" * 9999
        ),
        r"its record withdrawals/b\.json .* cannot": lambda: upload(
            "withdrawals/b.json",
            b'{"withdrawn_at": "2026-01-01", "fingerprints": [], "addresses": []}',
        ),
    }


def test_data_that_does_not_fit_is_refused(
    unharmed: None, storage: Path, proof: Path, migrated_copies: None
) -> None:
    call_command("backup")
    manifest, folder = unpack(storage)
    saved = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for reason, edit in edits(folder, proof).items():
        edit()
        file = pack(storage, folder, manifest)
        with pytest.raises(CommandError, match=reason) as raised:
            call_command("verify_backup", str(file), key=str(storage.with_name("key")))
        assert str(raised.value).isprintable()
        for path in [*folder.rglob("*")]:
            if path.is_file():
                path.unlink()
        for path, content in saved.items():
            path.write_bytes(content)


def test_code_in_data_stays_data(
    unharmed: None, storage: Path, proof: Path, migrated_copies: None, capsys: Any
) -> None:
    for number, payload in enumerate(payloads(proof)):
        User.objects.create(username=f"attacker{number}", last_name=payload[:150])
    try:
        call_command("backup")
    finally:
        User.objects.filter(username__startswith="attacker").delete()
    manifest, folder = unpack(storage)
    users = folder / "tables/staff_user"
    users.write_text(users.read_text() + "".join(f"\\.\n{sql}\n" for sql in payloads(proof)[:2]))
    for number, payload in enumerate(payloads(proof)):
        (folder / f"tables/attacker{number}").write_text(payload)
    for table in ("django_session", "staff_failed_log_ins", "procrastinate_jobs", "pg_authid"):
        (folder / "tables" / table).write_text("code\n")
    migrations = [*manifest.migrations, *(f"mission.{sql}" for sql in payloads(proof)[:1])]
    file = pack(storage, folder, replace(manifest, migrations=migrations))
    assert_refused(storage, file, "newer version of this site")
    file = pack(storage, folder, manifest)
    call_command("verify_backup", str(file), key=str(storage.with_name("key")))
    left_out = capsys.readouterr().err
    for table in ("pg_authid", "attacker0", "django_session", "procrastinate_jobs"):
        assert f"{table} is not a table of this site" in left_out


def test_rows_are_loaded_by_a_role_that_may_only_insert(
    unharmed: None, storage: Path, migrated_copies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_table, tried = tables._load_table, []

    def attack(cursor: Any, *given: Any) -> None:
        load_table(cursor, *given)
        for statement in (
            "SELECT * FROM staff_user",
            "SELECT count(*) FROM pg_authid",
            "ALTER TABLE staff_user DISABLE TRIGGER ALL",
            "CREATE TABLE attacker ()",
            "COPY (SELECT 1) TO PROGRAM 'true'",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(statement)
            tried.append(statement)

    monkeypatch.setattr(tables, "_load_table", attack)
    call_command("backup")
    call_command("verify_backup", key=str(storage.with_name("key")))
    assert len(tried) > 100


def test_deeply_nested_page_is_reported_by_its_path(
    unharmed: None, storage: Path, migrated_copies: None
) -> None:
    page = factories.StandardPageFactory(
        parent=Site.objects.get(is_default_site=True).root_page, slug="nested"
    )
    try:
        call_command("backup")
    finally:
        page.delete()
    manifest, folder = unpack(storage)
    pages = folder / "tables/mission_standardpage"
    header, row = pages.read_text().splitlines()
    values = row.split("\t")
    values[header.split("\t").index("body")] = "[" * 3000 + "]" * 3000
    pages.write_text(f"{header}\n" + "\t".join(values) + "\n")
    file = pack(storage, folder, manifest)
    with pytest.raises(CommandError, match=r"1 of 2 pages differ .*: /nested/$"):
        call_command("verify_backup", str(file), key=str(storage.with_name("key")))
