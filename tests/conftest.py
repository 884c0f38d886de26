from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.utils import translation
from wagtail.models import Page, Site

from dpa_site import words
from issues.models import IssueIndexPage
from mission.models import HomePage
from news.models import NewsIndexPage
from stories.models import StoryIndexPage
from tests import factories
from tests.every_page import PUBLIC_PATHS, fill

words.compile_all()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: they share a site that is committed to the test database."""
    items.sort(key=lambda item: "tests/browser" in str(item.path))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """A database of its own for every run, and for every process of a run.

    pytest-django's fixture makes one only for tests with its mark; the browser tests, whose site
    must see what was committed, have none and would be given the real database.
    """
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # A thread of the live server may still hold a connection, which forbids the drop.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        teardown_databases(databases, verbosity=0)


@pytest.fixture(autouse=True)
def _as_if_just_started() -> Iterator[None]:
    """Django lets the language of the last request stand until the next one chooses its own."""
    cache.clear()
    yield
    translation.deactivate()


def make_home() -> HomePage:
    site = Site.objects.get(is_default_site=True)
    welcome = site.root_page
    page = factories.HomePageFactory(parent=Page.get_first_root_node(), slug="our-home")
    site.root_page, site.hostname = page, "testserver"
    site.save()
    Page.objects.get(pk=welcome.pk).delete()
    return page


@pytest.fixture
def home(db: None) -> HomePage:
    """An empty home page at the root of the default site."""
    return make_home()


@pytest.fixture
def issue_index(home: HomePage) -> IssueIndexPage:
    return factories.IssueIndexPageFactory(parent=home, slug="issues", show_in_menus=True)


@pytest.fixture
def story_index(home: HomePage) -> StoryIndexPage:
    return factories.StoryIndexPageFactory(parent=home, slug="stories", show_in_menus=True)


@pytest.fixture
def news_index(home: HomePage) -> NewsIndexPage:
    return factories.NewsIndexPageFactory(parent=home, slug="news")


@pytest.fixture
def every_page(issue_index: IssueIndexPage, story_index: StoryIndexPage) -> SimpleNamespace:
    """One page of each type with every field filled and every block in its body."""
    return fill(issue_index, story_index)


@pytest.fixture(scope="session")
def responses(django_db_setup: None, django_db_blocker: Any) -> dict[str, HttpResponse]:
    """What a reader gets for each of PUBLIC_PATHS, fetched once from `every_page`."""
    with django_db_blocker.unblock(), transaction.atomic():
        home = make_home()
        fill(
            factories.IssueIndexPageFactory(parent=home, slug="issues", show_in_menus=True),
            factories.StoryIndexPageFactory(parent=home, slug="stories", show_in_menus=True),
        )
        found = {path: Client().get(path) for path in PUBLIC_PATHS}
        transaction.set_rollback(True)
    return found


@pytest.fixture
def queries(db: None) -> Callable[[str], list[str]]:
    """`queries(path)` is what one public GET asks of the database, once the process is warm."""

    def count(path: str) -> list[str]:
        client = Client()
        client.get(path)  # content types, locales and site paths are remembered by the process
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    return count
