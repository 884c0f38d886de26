"""Every list page paginates and filters its children in the same way."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from wagtail.models import get_page_models

from editorial.filters import Chip
from editorial.list_pages import ChoiceFilter, ListPage, YearFilter
from issues.filters import IssueFilter
from issues.models import IssuePage
from news.models import NewsIndexPage
from tests import factories
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home, make_issue_index

LISTS: list[type[ListPage]] = [model for model in get_page_models() if issubclass(model, ListPage)]
FILTERS = [(model, list_filter) for model in LISTS for list_filter in model.filters]
UNKNOWN_VALUES = ("none", "../", "-1", "99999", "%00", "care%00")
COUNT = 15
MAX_QUERIES = 8


def add_children(parent: ListPage, count: int) -> None:
    """Add children that use every value of every filter, except the issue “Nothing”."""
    care = IssuePage.objects.get(slug="care")
    for number in range(count):
        values: dict[str, object] = {}
        for list_filter in parent.filters:
            if isinstance(list_filter, ChoiceFilter):
                known = [value for value, _label in choices_of(parent, list_filter)]
                values[list_filter.name] = known[number % len(known)]
        page = factories.factory_of(parent.listed_type)(
            parent=parent,
            slug=f"page-{number}-of-{count}",
            first_published_at=datetime(2024 + number % 3, 3, 1 + number, 12, tzinfo=UTC),
            **values,
        )
        if hasattr(page, "issues") and number % 3 != 1:
            page.issues.add(care)
            page.save()


def choices_of(page: ListPage, list_filter: ChoiceFilter) -> list[tuple[str, str]]:
    field: Any = page.listed_type._meta.get_field(list_filter.name)
    return field.flatchoices


def make_lists() -> None:
    home = make_home()
    issue_index = make_issue_index(home)
    factories.IssuePageFactory(parent=issue_index, title="Care", slug="care")
    factories.IssuePageFactory(parent=issue_index, title="Nothing", slug="nothing")
    for model in LISTS:
        add_children(factories.factory_of(model)(parent=home), COUNT)


CONTENTS = {"lists": Content("lists", make_lists, ("tests/editorial/test_list_pages.py", *SOURCES))}


@pytest.fixture
def lists(db: None) -> None:
    """One list page of each type, each with COUNT children."""


def name_of(value: object) -> str:
    return getattr(value, "__name__", None) or getattr(value, "name", None) or str(value)


each_list = pytest.mark.parametrize("model", LISTS, ids=name_of)
each_filter = pytest.mark.parametrize(("model", "list_filter"), FILTERS, ids=name_of)


def url_of(model: type[ListPage]) -> str:
    return model.objects.get().url


def chips_of(client: Client, url: str) -> dict[str, list[Chip]]:
    """The chips at `url` that choose a value, grouped by query parameter."""
    response = client.get(url)
    assert response.status_code == 200, url
    names = {
        str(list_filter.label): list_filter.name for list_filter in response.context["page"].filters
    }
    return {names[str(label)]: row[1:] for label, row in response.context["filter_rows"]}


def test_list_pages_are_found() -> None:
    assert {"StoryIndexPage", "NewsIndexPage"} <= {model.__name__ for model in LISTS}
    kinds = {type(list_filter) for _model, list_filter in FILTERS}
    assert kinds == {ChoiceFilter, YearFilter, IssueFilter}, (
        "The filter classes of list pages have changed. Update this test and add_children."
    )


@each_list
def test_list_page_is_fully_declared(model: type[ListPage]) -> None:
    place = f"{model._meta.app_label}/models.py: {model.__name__}"
    listed = model.clean_subpage_models()
    assert len(listed) == 1, f"{place} must list one type. Name it in subpage_types."
    names = [list_filter.name for list_filter in model.filters]
    assert len({*names, "page"}) == len(names) + 1, f"{place} has two filters of one name: {names}."
    assert model.query_names == {*names, "page"}, (
        f"{place} sets query_names. Remove that: they are derived from filters."
    )
    template = (settings.BASE_DIR / "templates" / model.template).read_text("utf-8")
    assert '{% extends "editorial/list_page.html" %}' in template, (
        f"templates/{model.template} must extend editorial/list_page.html and fill its blocks."
    )
    for block in ("theme", "cards", "empty"):
        assert f"{{% block {block} %}}" in template, f"{model.template} has no block {block}."


@each_list
def test_list_is_paginated_newest_first(lists: None, client: Client, model: type[ListPage]) -> None:
    url = url_of(model)
    newest = [page.pk for page in model.objects.get().listed_pages()]
    assert len(newest) == COUNT
    found = []
    for number in (1, 2):
        response = client.get(f"{url}?page={number}")
        found.append([page.pk for page in response.context["listed"]])
    assert found == [newest[: model.PER_PAGE], newest[model.PER_PAGE :]]
    html = client.get(url).content.decode()
    assert 'href="?page=2" rel="next"' in html
    for number in ("0", "3", "x", "100000000000"):
        assert client.get(f"{url}?page={number}").status_code == 404, number


@each_list
def test_list_has_feed(lists: None, client: Client, model: type[ListPage]) -> None:
    url = url_of(model)
    assert f'href="{url}feed/"' in client.get(url).content.decode()
    assert client.get(f"{url}feed/").content.decode().count("<entry>") == COUNT


def test_feed_keeps_words_in_angle_brackets(news_index: NewsIndexPage, client: Client) -> None:
    factories.NewsPageFactory(parent=news_index, summary="Fewer than <5 ng, the <bill>")
    feed = client.get(f"{news_index.url}feed/").content.decode()
    assert "Fewer than &amp;lt;5 ng, the &amp;lt;bill&amp;gt;" in feed


@each_filter
def test_chip_leads_to_the_pages_it_counts(
    lists: None, client: Client, model: type[ListPage], list_filter: Any
) -> None:
    url = url_of(model)
    chips = chips_of(client, url)[list_filter.name]
    assert chips
    for chip in chips:
        response = client.get(chip.url)
        assert response.context["listed"].paginator.count == chip.page_count, chip.url
        assert chip.page_count
        row = chips_of(client, chip.url)[list_filter.name]
        assert [each.title for each in row if each.is_current] == [chip.title]
        html = response.content.decode()
        assert f"{chip.title} ({chip.page_count})" in html
        if chip.page_count > model.PER_PAGE:
            assert f'href="?{urlsplit(chip.url).query}&amp;page=2" rel="next"' in html


@each_list
def test_chips_keep_other_filters(lists: None, client: Client, model: type[ListPage]) -> None:
    url, kept = url_of(model), 0
    for name, row in chips_of(client, url).items():
        for other, chips in chips_of(client, row[0].url).items():
            for chip in chips if other != name else []:
                kept += 1
                both = parse_qs(urlsplit(chip.url).query)
                assert {**parse_qs(urlsplit(row[0].url).query), other: both[other]} == both
                found = client.get(chip.url).context["listed"].paginator.count
                assert found == chip.page_count, chip.url
    assert bool(kept) == (len(model.filters) > 1)


@each_filter
@pytest.mark.parametrize("value", UNKNOWN_VALUES)
def test_unknown_filter_value_is_not_found(
    lists: None, client: Client, model: type[ListPage], list_filter: Any, value: str
) -> None:
    assert client.get(f"{url_of(model)}?{list_filter.name}={value}").status_code == 404


@each_filter
def test_empty_filter_value_filters_nothing(
    lists: None, client: Client, model: type[ListPage], list_filter: Any
) -> None:
    response = client.get(f"{url_of(model)}?{list_filter.name}=")
    assert response.context["listed"].paginator.count == COUNT


@each_list
def test_filter_value_without_pages_is_hidden(
    lists: None, client: Client, model: type[ListPage]
) -> None:
    url = url_of(model)
    assert "Nothing" not in [chip.title for row in chips_of(client, url).values() for chip in row]
    for page in model.objects.get().listed_pages():
        page.unpublish()
    assert chips_of(client, url) == {}


@each_filter
def test_chosen_value_without_pages_stays_visible(
    lists: None, client: Client, model: type[ListPage], list_filter: Any
) -> None:
    url = url_of(model)
    chips = chips_of(client, url)[list_filter.name]
    for page in model.objects.get().listed_pages():
        page.unpublish()
    chosen = chips_of(client, chips[0].url)[list_filter.name]
    assert [(chip.title, chip.page_count) for chip in chosen] == [(chips[0].title, 0)]
    assert chosen[0].is_current


@each_list
def test_filter_query_count_is_independent_of_page_count(
    lists: None, client: Client, queries: Callable, model: type[ListPage]
) -> None:
    page = model.objects.get()
    paths = [page.url, *(row[0].url for row in chips_of(client, page.url).values())]
    assert len(paths) == 1 + len(model.filters)
    before = {path: len(queries(path)) for path in paths}
    assert max(before.values()) <= MAX_QUERIES, before
    add_children(page, 20)
    assert {path: len(queries(path)) for path in paths} == before
