"""Links that narrow a list, each with how many pages it would leave."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_COUNTED = 100  # of a long list no more are counted, and readers learn that there are more


class Chip(NamedTuple):
    title: "StrOrPromise"
    address: str
    number: int | None  # pages behind it; the one that lifts the filter does not count
    is_current: bool

    @property
    def size(self) -> str:
        if self.number is None:
            return ""
        return f"{MOST_COUNTED}+" if self.number > MOST_COUNTED else str(self.number)


def chips(
    address: str,
    chosen: dict[str, str],
    name: str,
    everything: "StrOrPromise",
    choices: Iterable[tuple[str, str, int]],
) -> list[Chip]:
    """For the filter `name` of the list at `address`, which is narrowed by `chosen` now.

    `choices` have a value, a title and a number. Other filters stay as they are.
    """

    def narrowed_by(value: str) -> str:
        kept = {key: word for key, word in (chosen | {name: value}).items() if word}
        return f"{address}?{urlencode(kept)}" if kept else address

    now = chosen.get(name, "")
    return [
        Chip(everything, narrowed_by(""), None, not now),
        *(
            Chip(title, narrowed_by(value), number, value == now)
            for value, title, number in choices
        ),
    ]
