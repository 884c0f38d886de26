"""The cache of failed logins holds plain values, and runs no code from the database."""

import base64
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection

pytestmark = pytest.mark.django_db

CACHE = caches["log_in"]


@pytest.mark.parametrize("value", [5, True, "used", [1764461000.25, 1764461001], {"a": None}])
def test_plain_values_are_read(value: Any) -> None:
    assert CACHE.add("rosa", value)
    assert not CACHE.add("rosa", "other")
    assert CACHE.get("rosa") == value
    assert CACHE.get_many(["rosa", "ben"]) == {"rosa": value}
    CACHE.delete("rosa")
    assert CACHE.get("rosa", "none") == "none"


def test_values_expire() -> None:
    CACHE.set("rosa", 5, timeout=-1)
    assert CACHE.get("rosa") is None


class Code:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_in_database_is_not_run(tmp_path: Path, protocol: int) -> None:
    CACHE.set("rosa", 5)
    ran = tmp_path / "ran"
    text = base64.b64encode(pickle.dumps(Code(ran), protocol)).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE staff_failed_log_ins SET value = %s", [text])
        assert cursor.rowcount == 1
    with pytest.raises(pickle.UnpicklingError):
        CACHE.get("rosa")
    assert not ran.exists()
    CACHE.set("rosa", 6)  # the next failed login can be counted
    assert CACHE.get("rosa") == 6
