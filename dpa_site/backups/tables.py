"""The rows of all tables, one file for each table: written by a backup, loaded by a restore.

The first line of a file has the names of the columns. Rows in the text format of COPY follow. A
file cannot add SQL, because its name and columns must be those of a table in the database.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import LiteralString

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composed, Identifier

from dpa_site.backups.archive import CHUNK_SIZE, InvalidArchive

MIGRATIONS = "django_migrations"  # lists the migrations of this database, so it is never loaded
# State of the running site, not content: open sessions, failed logins (stored as pickles), and
# queued jobs with the data of the emails that they will send. Links to drafts are left out because
# a restore would bring back links that somebody has ended since.
EXCLUDED = re.compile(
    f"{MIGRATIONS}|django_session|staff_failed_log_ins|staff_accountchange|procrastinate_.*"
    "|editorial_draftlink"
)
NAME = re.compile(r"[a-z0-9_]+")  # of a table; its file has the same name
COLUMNS = """
SELECT relname::text, array_agg(attname::text ORDER BY attnum)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY relname ORDER BY relname"""
SEQUENCES = """
SELECT * FROM (
    SELECT relname::text, attname::text,
        pg_get_serial_sequence(quote_ident(relname), attname) AS sequence
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
        AND attnum > 0 AND NOT attisdropped
) AS columns WHERE sequence IS NOT NULL"""
LAST_VALUES = """
SELECT format('%I.%I', schemaname, sequencename), last_value
FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"""
# The role that loads rows, if it is available. It may write rows but not read them.
LOADING_ROLE = "pg_write_all_data"


def dump(folder: Path) -> None:
    """Write the rows of all tables, except EXCLUDED, into files in the new `folder`."""
    folder.mkdir()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL datestyle = 'ISO'")
        cursor.execute("SET LOCAL intervalstyle = 'postgres'")
        for table, columns in _tables(cursor).items():
            with (folder / table).open("wb") as file:
                file.write("\t".join(columns).encode() + b"\n")
                with cursor.copy(_copy("COPY {} ({}) TO STDOUT", table, columns)) as copy:
                    for chunk in copy:
                        file.write(chunk)


def last_values() -> dict[str, int]:
    """The last value that each sequence has given. Unused sequences are left out."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_VALUES)
        return dict(cursor.fetchall())


def load(folder: Path, last_values: Mapping[str, int]) -> list[str]:
    """Replace the rows of all tables, except EXCLUDED, by those in `folder`.

    The sequences go on after `last_values`. Returns the names of files that are left out because
    this site has no such table. Raises `InvalidArchive` if a table is missing or has other columns.
    """
    files = {path.name for path in folder.iterdir()}
    with transaction.atomic(), connection.cursor() as cursor:
        tables = _tables(cursor)
        if missing := tables.keys() - files:
            raise InvalidArchive(f"it lacks the table {min(missing)}.")
        # Migrations have inserted rows, such as the first page.
        cursor.execute(SQL("TRUNCATE {} CASCADE").format(_names(tables)).as_string(cursor))
        cursor.execute("SELECT pg_has_role(%s, 'MEMBER')", [LOADING_ROLE])
        if cursor.fetchone()[0]:
            cursor.execute(f"SET LOCAL ROLE {LOADING_ROLE}")
        for table, columns in tables.items():
            _load_table(cursor, table, columns, folder / table)
        cursor.execute("RESET ROLE")
        _set_sequences(cursor, tables, last_values)
    return sorted(files - tables.keys())


def _tables(cursor: CursorWrapper) -> dict[str, list[str]]:
    """The columns by table."""
    cursor.execute(COLUMNS)
    return {
        table: columns
        for table, columns in cursor.fetchall()
        if NAME.fullmatch(table) and not EXCLUDED.fullmatch(table)
    }


def _load_table(cursor: CursorWrapper, table: str, columns: list[str], path: Path) -> None:
    with path.open("rb") as file:
        saved = file.readline(CHUNK_SIZE).decode(errors="replace").rstrip("\n").split("\t")
        if sorted(saved) != sorted(columns):
            raise InvalidArchive(f"its table {table} has other columns than here.")
        with cursor.copy(_copy("COPY {} ({}) FROM STDIN", table, saved)) as copy:
            while chunk := file.read(CHUNK_SIZE):
                copy.write(chunk)


def _set_sequences(
    cursor: CursorWrapper, tables: Mapping[str, list[str]], last_values: Mapping[str, int]
) -> None:
    """Continue each sequence of primary keys after its last value and after the loaded rows.

    The loaded rows are not enough: a new object with the primary key of a deleted object would get
    the history of the deleted object.
    """
    highest = SQL("SELECT setval(%s, greatest(%s, (SELECT max({}) FROM {})))")
    cursor.execute(SEQUENCES)
    for table, column, sequence in cursor.fetchall():
        if table in tables:
            statement = highest.format(Identifier(column), Identifier(table))
            last = last_values.get(sequence)
            cursor.execute(statement.as_string(cursor), [sequence, last])


def _copy(statement: LiteralString, table: str, columns: Iterable[str]) -> Composed:
    return SQL(statement).format(Identifier(table), _names(columns))


def _names(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
