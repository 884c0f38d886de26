"""Finds pictures with the same file, or with a scaled or recompressed copy of it."""

from typing import Any, Protocol

from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import LessThanOrEqual

MAX_DISTANCE = 6  # bits. Copies differ in up to 3 bits, different photographs in about 32.


class Hashed(Protocol):
    """A picture, a former file of a picture, or an upload."""

    file_hash: str
    difference_hash: int | None


def shows_same(file: Hashed) -> Q:
    """The condition for rows with the same file, or with a scaled or recompressed copy of it."""
    same = Q(file_hash=file.file_hash)
    if file.difference_hash is not None:
        distance = HashDistance("difference_hash", file.difference_hash)
        same |= Q(LessThanOrEqual(distance, MAX_DISTANCE))
    return same


class HashDistance(Func):
    """The number of bits in which two difference hashes differ."""

    template = "bit_count((%(expressions)s)::bit(64))"
    output_field = IntegerField()

    def __init__(self, field: str, value: int, **extra: Any) -> None:
        super().__init__(F(field).bitxor(value), **extra)
