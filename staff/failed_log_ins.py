"""The cache that counts failed logins."""

import base64
import io
import pickle
from collections.abc import Iterable
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from psycopg import sql

READ = "SELECT cache_key, value FROM {} WHERE cache_key = ANY(%s) AND expires >= now()"


class _PlainUnpickler(pickle.Unpickler):
    """Refuses pickles that name a class or function.

    A pickle can run code only by such a name. Numbers, text and lists need none.
    """

    def find_class(self, module: str, name: str) -> None:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


class FailedLogInCache(DatabaseCache):
    """Reads plain values only.

    Django pickles values, and unpickling can run code. Whoever can write to the database, for
    example with a backup, could otherwise run their own code in this process.
    """

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        asked = {self.make_and_validate_key(key, version=version): key for key in keys}
        with connection.cursor() as cursor:
            table = sql.Identifier(self._table)  # type: ignore[attr-defined]
            cursor.execute(sql.SQL(READ).format(table), [list(asked)])
            return {asked[key]: _load(value) for key, value in cursor.fetchall()}


def _load(value: str) -> Any:
    return _PlainUnpickler(io.BytesIO(base64.b64decode(value))).load()
