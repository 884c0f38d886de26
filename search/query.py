"""Full-text search of public pages. Search terms are never stored."""

import unicodedata
from collections.abc import Iterable
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchQueryCombinable,
    SearchRank,
)
from django.core.paginator import Page as PageOfResults
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, QuerySet, When
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.models import Page, PageViewRestriction

from editorial.filters import Chip, chips
from editorial.public_pages import allowed_by_consent, publicly_visible
from editorial.registry import search_types
from issues.models import IssuePage
from mission.models import UrgentHelpPage
from search.excerpts import START, STOP, excerpt
from search.index import UNSTEMMED, UNSTEMMED_WEIGHT
from search.models import SearchEntry
from search.normalization import Word, normalize, words
from search.passages import load
from search.spelling import corrections
from search.urgent_help import ALARMS
from search.word_groups import Phrase, word_groups

RESULTS_PER_PAGE = 10
MAX_QUERY_LENGTH = 200  # characters
MAX_WORDS = 20
MIN_PREFIX_LENGTH = 3  # letters; shorter prefixes match too many words
MAX_CORRECTED_WORDS = 4
# What follows an apostrophe in English contractions and possessives, such as “don't”.
CONTRACTED = {"d", "ll", "m", "re", "s", "t", "ve"}


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
        query = params.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH]
        self.query = unicodedata.normalize("NFC", query)
        self.words = list(words(self.query))[:MAX_WORDS]
        self.groups = word_groups(language)
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

    @property
    def unfiltered(self) -> str:
        """The parameters of this search without its filters; empty if it has none."""
        return urlencode({"q": self.query}) if self.search_type or self.issue else ""

    def tsquery(self, query: list[Word]) -> SearchQueryCombinable:
        """Requires all words or their synonyms, stemmed; the last word may also be a prefix."""
        parts = list(self.groups.split(query))
        found = [self._any_of(*part) for part in parts]
        last_phrase, synonyms = parts[-1]
        if len(last_phrase) == 1 and not synonyms and (beginning := prefix(query)):
            found[-1] = found[-1] | SubselectQuery(f"{quoted(beginning)}:*", UNSTEMMED)
        return reduce(and_, found)

    def _any_of(self, phrase: Phrase, synonyms: list[Phrase]) -> SearchQueryCombinable:
        """A query for all words of `phrase`, or for one of the synonyms as a phrase."""
        whole = [one for one in synonyms if self.groups.loses_words(one)]
        stemmed = [_in_order(one) for one in synonyms if one not in whole]
        own = _in_order(phrase) if phrase[-1].follows else " & ".join(map(_one, phrase))
        found: SearchQueryCombinable = SubselectQuery(any_of([own, *stemmed]), self.config)
        if whole:
            found = found | SubselectQuery(any_of(map(_in_order, whole)), UNSTEMMED)
        return found

    def entries(self, query: list[Word]) -> QuerySet[SearchEntry]:
        """Matching entries of all types. Only live pages have an entry.

        Pages that consent does not allow and pages with a view restriction are excluded, and
        urgent help where it is shown above the results.
        """
        entries = SearchEntry.objects.filter(
            allowed_by_consent("page"), words=self.tsquery(query), language=self.language
        )
        if self.is_urgent and self.urgent_help:
            entries = entries.exclude(pk=self.urgent_help.pk)
        if self.issue:
            entries = entries.filter(issues__contains=[self.issue.pk])
        for path in self.restricted_paths:
            entries = entries.exclude(page__path__startswith=path)
        return entries

    @cached_property
    def is_urgent(self) -> bool:
        """Whether to show urgent help above the results."""
        has_alarm = any(emoji in self.query for emoji in ALARMS)
        return has_alarm or self.groups.mean_urgent_help(self.words)

    @property
    def is_donation(self) -> bool:
        """Whether to show the donation link above the results."""
        return self.groups.mean_donation(self.words)

    @cached_property
    def urgent_help(self) -> UrgentHelpPage | None:
        """The page of urgent help, in another language if this language has none."""
        pages = publicly_visible(UrgentHelpPage.objects.select_related("locale"))
        pages = pages.filter(alias_of=None)
        return min(pages, key=lambda page: page.locale.language_code != self.language, default=None)

    @cached_property
    def suggestion(self) -> str:
        """The query with its misspelled words corrected; empty unless it then has results."""
        found = {
            number: candidates
            for number, word in enumerate(self.words[:MAX_CORRECTED_WORDS])
            if not self.groups.know(word)
            and (candidates := corrections(word.forms[0], self.language))
        }
        for rank in range(max(map(len, found.values()), default=0)):
            chosen = {number: some[min(rank, len(some) - 1)] for number, some in found.items()}
            query = [
                word._replace(forms=(chosen[number],)) if number in chosen else word
                for number, word in enumerate(self.words)
            ]
            # A word of a page that is not public must not be shown, even if a public page has
            # another form of it.
            as_indexed = " & ".join(f"{quoted(one)}:{UNSTEMMED_WEIGHT}" for one in chosen.values())
            entries = self.entries(query).filter(words=SubselectQuery(as_indexed, UNSTEMMED))
            entry = entries.values_list("text", "normalized").first()
            if entry:
                return self._corrected({n: as_written(one, *entry) for n, one in chosen.items()})
        return ""

    def _corrected(self, chosen: dict[int, str]) -> str:
        parts, at = [], 0
        for number, replacement in chosen.items():
            word = self.words[number]
            parts += [self.query[at : word.start], replacement]
            at = word.end
        return "".join([*parts, self.query[at:]])

    @cached_property
    def restricted_paths(self) -> list[str]:
        """Tree paths of pages with a view restriction. The pages below them are restricted too."""
        return list(PageViewRestriction.objects.values_list("page__path", flat=True))

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of results by type."""
        if not self.words:  # only an emoji or “!!!”
            return {}
        entries = self.entries(self.words).values_list("search_type")
        return dict(entries.annotate(Count("pk")))

    def results(self, page_number: str | None) -> PageOfResults[Any]:
        """One page of results. A page with exactly this title is first.

        Matches in the title count most, then matches in the summary. Results of equal rank are
        sorted by date, the newest first.
        """
        if not self.words:
            return Paginator[Any]([], RESULTS_PER_PAGE).get_page(1)
        entries, tsquery = self.entries(self.words), self.tsquery(self.words)
        count = sum(self.counts.values())
        if self.search_type:
            entries = entries.filter(search_type=self.search_type.name)
            count = self.counts.get(self.search_type.name, 0)
        ranked = entries.annotate(
            is_title=Case(When(title=normalize(self.query), then=True), default=False),
            rank=SearchRank(F("heading"), tsquery),
            marked=SearchHeadline(
                F("normalized"),
                tsquery,
                config=self.config,
                start_sel=START,
                stop_sel=STOP,
                highlight_all=True,
            ),
        ).order_by("-is_title", "-rank", F("published_at").desc(nulls_last=True), "pk")
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
                page.excerpt = excerpt(  # type: ignore[attr-defined]
                    entry["text"], entry["marked"], prefix(self.words)
                )
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

    def issue_chips(self, url: str) -> list[Chip]:
        choices = [(issue.slug, issue.title, None) for issue in self.issues]
        return chips(url, self.chosen, "issue", _("All issues"), choices)


def any_of(queries: Iterable[str]) -> str:
    return " | ".join(f"({query})" for query in queries)


def _in_order(phrase: Phrase) -> str:
    return " <-> ".join(quoted(part) for word in phrase for part in word.parts)


def _one(word: Word) -> str:
    """The word, or all its parts: pages may have “O'Neill” or “ONeill”, and “H.R. 1” or “HR1”."""
    whole, *parts = word.forms
    if parts and len(parts[0]) == 1 and parts[1].isdecimal():
        return quoted(whole)  # “S. 2021” is not any page with 2021: PostgreSQL ignores the “s”
    all_parts = " & ".join(map(quoted, parts))
    if not parts:
        return quoted(whole)
    return all_parts if parts[-1] in CONTRACTED else f"({quoted(whole)} | {all_parts})"


def quoted(form: str) -> str:
    """A word in the syntax of `to_tsquery`. It has only letters, figures, marks and periods."""
    return f"'{form}'"


def prefix(query: list[Word]) -> str:
    """The last word, if the search also finds longer words that begin with it; otherwise empty."""
    last = query[-1].forms[0]
    return last if len(last) >= MIN_PREFIX_LENGTH and not query[-1].follows else ""


def as_written(form: str, text: str, normalized: str) -> str:
    """A normalized word as it stands in the text of a page, with its accents."""
    for line, row in zip(load(text), normalized.split("\n"), strict=False):
        if form in row.split():
            for word in words(line.text):
                if word.forms[0] == form:
                    return line.text[word.start : word.end].lower()
    return form
