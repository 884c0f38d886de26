"""Finds public pages by their words. The words of a reader are kept nowhere."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchQueryCombinable,
    SearchRank,
)
from django.core.paginator import Page as PageOfResults
from django.core.paginator import Paginator
from django.db.models import Count, F, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.models import Page, PageViewRestriction

from editorial.filters import Chip, chips
from editorial.public_pages import publicly_visible
from issues.models import IssuePage
from search.index import CONFIGS, UNSTEMMED, normalize
from search.models import SearchEntry, SearchType

RESULTS_PER_PAGE = 10
LONGEST_QUERY = 200  # characters
MOST_WORDS = 20
SHORTEST_BEGINNING = 3  # letters; fewer begin half of all words
EXCERPT = 260  # characters
BEFORE = 60  # of them, at most, stand before the first word that was found
START, STOP = "\x02", "\x03"


class Words(SearchQuery):
    """Words that the planner does not see, so that it always asks the index.

    Of a word on every page it would read the pages instead, and it does not know what that costs:
    their words are stored packed.
    """

    template = "(SELECT %(function)s(%(expressions)s))"

    def __init__(self, words: str, config: str) -> None:
        super().__init__(words, config=config, search_type="raw")


class Search:
    """What the address asks for; a filter that makes no sense is left out."""

    def __init__(self, asked: QueryDict, language: str) -> None:
        self.language = language
        self.config = CONFIGS.get(language, UNSTEMMED)
        self.query = asked.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
        self.words = normalize(unicodedata.normalize("NFC", self.query)).split()[:MOST_WORDS]
        kind, issue = asked.get("kind", ""), asked.get("issue", "")
        self.kind = kind if kind in SearchType.values else ""
        self.issue = next((one for one in self.issues if one.slug == issue), None)

    @cached_property
    def issues(self) -> list[IssuePage]:
        """Those to choose from."""
        pages = IssuePage.objects.filter(locale__language_code=self.language)
        return list(publicly_visible(pages).order_by("path").only("title", "slug"))

    @property
    def chosen(self) -> dict[str, str]:
        found = {"q": self.query, "kind": self.kind, "issue": self.issue and self.issue.slug}
        return {name: value for name, value in found.items() if value}

    @cached_property
    def tsquery(self) -> SearchQueryCombinable:
        """All the words, whatever their form; of the last, more may be yet to come."""
        *whole, last = self.words
        begins = f"{last}:*" if len(last) >= SHORTEST_BEGINNING else last
        finished = Words(last, self.config)
        begun = Words(begins, UNSTEMMED)
        if not whole:
            return finished | begun
        before = Words(" & ".join(whole), self.config)
        return before & (finished | begun)

    def found(self) -> QuerySet[SearchEntry]:
        """Of every kind. Pages that are not live have no entry."""
        entries = SearchEntry.objects.filter(words=self.tsquery, language=self.language)
        if self.issue:
            entries = entries.filter(issues__contains=[self.issue.pk])
        for path in self.hidden:
            entries = entries.exclude(page__path__startswith=path)
        return entries

    @cached_property
    def hidden(self) -> list[str]:
        """Paths whose pages, and those below, are not for everybody."""
        return list(PageViewRestriction.objects.values_list("page__path", flat=True))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """How many pages of each kind were found."""
        kinds = self.found().values_list("kind")
        return dict(kinds.annotate(Count("pk")))

    def results(self, number: str | None) -> PageOfResults[Any]:
        """Words in the title count most, then words in the summary, then the newer page."""
        entries = self.found()
        if self.kind:
            entries = entries.filter(kind=self.kind)
        ranked = entries.annotate(
            rank=SearchRank(F("heading"), self.tsquery),
            marked=SearchHeadline(
                F("normalized"),
                self.tsquery,
                config=self.config,
                start_sel=START,
                stop_sel=STOP,
                highlight_all=True,
            ),
        ).order_by("-rank", F("published_at").desc(nulls_last=True), "pk")
        paginator = Paginator(ranked, RESULTS_PER_PAGE)
        paginator.count = (
            self.numbers.get(self.kind, 0) if self.kind else sum(self.numbers.values())
        )
        results: PageOfResults[Any] = paginator.get_page(number)
        part: Any = results.object_list
        shown = list(part.values("pk", "kind", "text", "marked"))
        pages = publicly_visible(Page.objects.all()).in_bulk([entry["pk"] for entry in shown])
        found: list[Any] = []
        for entry in shown:
            if page := pages.get(entry["pk"]):
                page.kind = SearchType(entry["kind"]).label  # type: ignore[attr-defined]
                words = excerpt(entry["text"], entry["marked"], self.words[-1])
                page.excerpt = words  # type: ignore[attr-defined]
                found.append(page)
        results.object_list = found
        return results

    def chips(self, address: str) -> list[Chip]:
        kinds = [
            (kind, str(label), self.numbers.get(kind, 0)) for kind, label in SearchType.choices
        ]
        useful = [choice for choice in kinds if choice[2] or choice[0] == self.kind]
        return chips(address, self.chosen, "kind", _("Everything"), useful)


def excerpt(text: str, marked: str, beginning: str) -> SafeString:
    """The part of `text` that holds most of what was found, each find marked.

    PostgreSQL marks the matches in the normalized text, by stem. Words that begin with what was
    typed last are marked besides, since it knows those by their stems alone.
    """
    normalized = marked.replace(START, "").replace(STOP, "")
    finds = {find for find in _between(marked) if find[1] <= len(text)}  # the title is behind
    if len(beginning) >= SHORTEST_BEGINNING:
        finds |= {
            find.span() for find in re.finditer(rf"\b{beginning}\w*", normalized[: len(text)])
        }
    ordered = sorted(finds)
    first = max(
        (start for start, _end in ordered),
        key=lambda start: sum(start <= other < start + EXCERPT - BEFORE for other, _end in ordered),
        default=0,
    )
    # Whole words: back to the space before, or to the beginning.
    begin = text.find(" ", first - BEFORE, first) + 1 or first if first > BEFORE else 0
    end = len(text) if begin + EXCERPT >= len(text) else text.rfind(" ", 0, begin + EXCERPT)
    end = end if end > begin else begin + EXCERPT
    parts, at = [], begin
    for start, stop in ordered:
        if at <= start and stop <= end:
            parts.append((text[at:start], text[start:stop]))
            at = stop
    return format_html(
        "{}{}{}{}",
        "… " if begin else "",
        format_html_join("", "{}<mark>{}</mark>", parts),
        text[at:end],
        " …" if end < len(text) else "",
    )


def _between(marked: str) -> Iterator[tuple[int, int]]:
    """Where the marked words stand in the text without marks."""
    at = 0
    for number, part in enumerate(re.split(f"[{START}{STOP}]", marked)):
        if number % 2:
            yield at, at + len(part)
        at += len(part)
