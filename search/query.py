"""Full-text search of public pages. Search terms are never stored."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.conf import settings
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
from editorial.public_pages import allowed_by_consent, publicly_visible
from editorial.registry import search_types
from issues.models import IssuePage
from search.index import UNSTEMMED, normalize
from search.models import SearchEntry

RESULTS_PER_PAGE = 10
MAX_QUERY_LENGTH = 200  # characters
MAX_WORDS = 20
MIN_PREFIX_LENGTH = 3  # letters; shorter prefixes match too many words
EXCERPT = 260  # characters
EXCERPT_LEAD = 60  # characters before the first match, at most
START, STOP = "\x02", "\x03"


class SubselectQuery(SearchQuery):
    """A search query in a subselect, so that PostgreSQL's planner uses the index.

    The planner cannot see the terms in a subselect. If it knew that a term is on every page, it
    would choose a sequential scan. It underestimates the cost of that scan, because the vectors are
    stored compressed.
    """

    template = "(SELECT %(function)s(%(expressions)s))"

    def __init__(self, words: str, config: str) -> None:
        super().__init__(words, config=config, search_type="raw")


class Search:
    """A search from the parameters of a URL. Invalid filters are ignored."""

    def __init__(self, params: QueryDict, language: str) -> None:
        self.language = language
        self.config = settings.TEXT_SEARCH_CONFIGS.get(language, UNSTEMMED)
        self.query = params.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH]
        self.words = normalize(unicodedata.normalize("NFC", self.query)).split()[:MAX_WORDS]
        self.search_type = search_types().get(params.get("kind", ""))
        issue = params.get("issue", "")
        self.issue = next((one for one in self.issues if one.slug == issue), None)

    @cached_property
    def issues(self) -> list[IssuePage]:
        """Issues to filter by."""
        pages = IssuePage.objects.filter(locale__language_code=self.language)
        return list(publicly_visible(pages).order_by("path").only("title", "slug"))

    @property
    def chosen(self) -> dict[str, str]:
        found = {
            "q": self.query,
            "kind": self.search_type and self.search_type.name,
            "issue": self.issue and self.issue.slug,
        }
        return {name: value for name, value in found.items() if value}

    @cached_property
    def tsquery(self) -> SearchQueryCombinable:
        """Requires all words, stemmed; the last one may also be a prefix."""
        *other_words, last = self.words
        last_prefix = f"{last}:*" if len(last) >= MIN_PREFIX_LENGTH else last
        last_word = SubselectQuery(last, self.config)
        prefix = SubselectQuery(last_prefix, UNSTEMMED)
        if not other_words:
            return last_word | prefix
        others = SubselectQuery(" & ".join(other_words), self.config)
        return others & (last_word | prefix)

    def entries(self) -> QuerySet[SearchEntry]:
        """Matching entries of all types. Only live pages have an entry.

        Pages that consent does not allow and pages with a view restriction are excluded.
        """
        entries = SearchEntry.objects.filter(
            allowed_by_consent("page"), words=self.tsquery, language=self.language
        )
        if self.issue:
            entries = entries.filter(issues__contains=[self.issue.pk])
        for path in self.restricted_paths:
            entries = entries.exclude(page__path__startswith=path)
        return entries

    @cached_property
    def restricted_paths(self) -> list[str]:
        """Tree paths of pages with a view restriction. The pages below them are restricted too."""
        return list(PageViewRestriction.objects.values_list("page__path", flat=True))

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of results by type."""
        entries = self.entries().values_list("search_type")
        return dict(entries.annotate(Count("pk")))

    def results(self, page_number: str | None) -> PageOfResults[Any]:
        """One page of results. Matches in the title count most, then matches in the summary.

        Results of equal rank are sorted by date, the newest first.
        """
        entries = self.entries()
        count = sum(self.counts.values())
        if self.search_type:
            entries = entries.filter(search_type=self.search_type.name)
            count = self.counts.get(self.search_type.name, 0)
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
        paginator.count = count
        results: PageOfResults[Any] = paginator.get_page(page_number)
        part: Any = results.object_list
        shown = list(part.values("pk", "search_type", "text", "marked"))
        pages = publicly_visible(Page.objects.all()).in_bulk([entry["pk"] for entry in shown])
        types, found = search_types(), list[Any]()
        for entry in shown:
            if page := pages.get(entry["pk"]):
                page.type_label = types[entry["search_type"]].label  # type: ignore[attr-defined]
                words = excerpt(entry["text"], entry["marked"], self.words[-1])
                page.excerpt = words  # type: ignore[attr-defined]
                found.append(page)
        results.object_list = found
        return results

    def chips(self, url: str) -> list[Chip]:
        choices = [
            (name, str(found.label), self.counts.get(name, 0))
            for name, found in search_types().items()
        ]
        useful = [choice for choice in choices if choice[2] or choice[0] == self.chosen.get("kind")]
        return chips(url, self.chosen, "kind", _("Everything"), useful)


def excerpt(text: str, marked: str, beginning: str) -> SafeString:
    """HTML of the part of `text` with the most matches, each in a `mark` element.

    `marked` is the normalized text in which PostgreSQL has marked words with a matching stem. This
    function also marks words that begin with `beginning`, the last word of the query, because
    PostgreSQL does not mark prefixes.
    """
    normalized = marked.replace(START, "").replace(STOP, "")
    # The title follows the text. Ignore matches in it.
    spans = {match for match in _marked_spans(marked) if match[1] <= len(text)}
    if len(beginning) >= MIN_PREFIX_LENGTH:
        spans |= {
            match.span() for match in re.finditer(rf"\b{beginning}\w*", normalized[: len(text)])
        }
    ordered = sorted(spans)
    first = max(
        (start for start, _end in ordered),
        key=lambda start: sum(
            start <= other < start + EXCERPT - EXCERPT_LEAD for other, _end in ordered
        ),
        default=0,
    )
    # Start at a word at most EXCERPT_LEAD characters before the match, or at the start of the text.
    begin = text.find(" ", first - EXCERPT_LEAD, first) + 1 or first if first > EXCERPT_LEAD else 0
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


def _marked_spans(marked: str) -> Iterator[tuple[int, int]]:
    """Start and end of each marked match, in the text without marks."""
    at = 0
    for number, part in enumerate(re.split(f"[{START}{STOP}]", marked)):
        if number % 2:
            yield at, at + len(part)
        at += len(part)
