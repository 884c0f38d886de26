"""Filter links of a list, each with its number of results."""

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise

MAX_COUNT = 100  # if there are more results, readers see “100+”


class Chip(NamedTuple):
    """One link of a filter."""

    title: "StrOrPromise"
    url: str
    page_count: int | None  # results; None for links that show no number
    is_current: bool

    @property
    def count_text(self) -> str:
        if self.page_count is None:
            return ""
        return f"{MAX_COUNT}+" if self.page_count > MAX_COUNT else str(self.page_count)


def chips(
    url: str,
    chosen: dict[str, str],
    name: str,
    all_title: "StrOrPromise",
    choices: "Iterable[tuple[str, StrOrPromise, int | None]]",
) -> list[Chip]:
    """Links for the filter `name` of the list at `url`.

    `chosen` has the current value of each filter. The links change only the filter `name`.
    `all_title` is the title of the link that removes it. `choices` are tuples of value, title and
    count, if it is known.
    """

    def url_with(value: str) -> str:
        query = {key: item for key, item in (chosen | {name: value}).items() if item}
        return f"{url}?{urlencode(query)}" if query else url

    current = chosen.get(name, "")
    return [
        Chip(all_title, url_with(""), None, not current),
        *(Chip(title, url_with(value), count, value == current) for value, title, count in choices),
    ]
