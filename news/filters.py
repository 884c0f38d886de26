"""Filters the news list by URL query parameters."""

import re
from collections.abc import Iterator

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import ExtractYear
from django.http import Http404, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from editorial.filters import Chip, chips
from editorial.public_pages import publicly_visible
from issues.models import IssuePage
from news.choices import NewsType
from news.querysets import NewsQuerySet

YEAR = re.compile(r"(19|20)\d\d")


class Filters:
    """The news selected by the query string (`news`). Raises Http404 for invalid values."""

    def __init__(self, listed: NewsQuerySet, params: QueryDict, locale: int) -> None:
        names = ("kind", "year", "issue")
        self.chosen = {name: str(params[name]) for name in names if params.get(name)}
        self.news_type, self.year = self.chosen.get("kind", ""), self.chosen.get("year", "")
        if (self.news_type and self.news_type not in NewsType.values) or (
            self.year and not YEAR.fullmatch(self.year)
        ):
            raise Http404
        self.listed, self.locale, self.issue = listed, locale, None
        if slug := self.chosen.get("issue"):
            named = IssuePage.objects.filter(slug=slug.replace("\0", "."), locale=locale)
            self.issue = publicly_visible(named).first()
            if self.issue is None:
                raise Http404
        self.about = listed.about(self.issue.translation_key) if self.issue else listed
        self.news = self._filter_type_and_year(self.about)

    def _filter_type_and_year(self, news: NewsQuerySet) -> NewsQuerySet:
        """Filter `news` by the chosen type and year, but not by issue."""
        if self.news_type:
            news = news.filter(kind=self.news_type)
        return news.filter(first_published_at__year=self.year) if self.year else news

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """Count of news by (type, year): one query for two rows of chips."""
        years = self.about.order_by().annotate(year=ExtractYear("first_published_at"))
        groups = years.values_list("kind", "year").annotate(Count("pk", distinct=True))
        return {(news_type, str(year or "")): number for news_type, year, number in groups}

    def count(self, news_type: str, year: str) -> int:
        return sum(
            number
            for (type_, year_), number in self.counts.items()
            if news_type in ("", type_) and year in ("", year_)
        )

    @property
    def total(self) -> int:
        return self.count(self.news_type, self.year)

    def rows(self, address: str) -> Iterator[tuple[str, list[Chip]]]:
        """Yield a label and chips for each filter."""
        types = [
            (value, str(label), self.count(value, self.year)) for value, label in NewsType.choices
        ]
        yield _("News by type"), self._chips(address, "kind", _("All types"), types)
        known = sorted({year for _type, year in self.counts if year} | {self.year}, reverse=True)
        years = [(year, year, self.count(self.news_type, year)) for year in known if year]
        yield _("News by year"), self._chips(address, "year", _("All years"), years)
        news = self._filter_type_and_year(self.listed).about(OuterRef("translation_key")).order_by()
        number = news.values("locale").annotate(n=Count("pk", distinct=True)).values("n")
        issues = publicly_visible(IssuePage.objects.filter(locale=self.locale)).order_by("path")
        counted = issues.annotate(number=Subquery(number)).filter(number__gt=0)
        about = [(issue.slug, issue.title, issue.number) for issue in counted]
        if self.issue and self.issue.slug not in [slug for slug, _title, _number in about]:
            about.append((self.issue.slug, self.issue.title, 0))
        yield _("News by issue"), self._chips(address, "issue", _("All issues"), about)

    def _chips(
        self, address: str, name: str, everything: str, choices: list[tuple[str, str, int]]
    ) -> list[Chip]:
        """Build the chips, without those that lead to an empty list."""
        now = self.chosen.get(name)
        useful = [choice for choice in choices if choice[2] or choice[0] == now]
        return chips(address, self.chosen, name, everything, useful) if useful else []
