import gc
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django.plugin import blocking_manager_key

from dpa_site.devtools import messages
from issues.models import IssueIndexPage
from mission.models import HomePage
from news.models import NewsIndexPage
from stories.models import StoryIndexPage
from tests import databases, every_page
from tests.contents import STARTER, content_for
from tests.tasks import TestBackend

messages.compile_all()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Spread browser tests over all workers, one by one; give other tests out by file.

    Browser tests come last. In a file, tests that use the same content stand together.
    """
    contents = {item: content_for(item) for item in items}
    for item in items:
        if contents[item] is not STARTER:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    yield
    files = {item.path: number for number, item in reversed([*enumerate(items)])}
    items.sort(
        key=lambda item: (
            contents[item] is STARTER,
            files[item.path],
            getattr(contents[item], "name", ""),
        )
    )


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among the modules: it took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Switch to the database that holds what the test expects, before a fixture uses it."""
    content = content_for(item)
    if content is not None:
        TestBackend.is_indexing = True
        with item.config.stash[blocking_manager_key].unblock():
            databases.use(content)
    TestBackend.is_indexing = (
        content is STARTER or "cms_search" in item.fixturenames  # type: ignore[attr-defined]
    )


@pytest.fixture
def cms_search() -> None:
    """The search index of the CMS is kept up to date, which other tests do without."""


@pytest.fixture
def all_sizes(settings: Any) -> None:
    """Pictures are encoded in all sizes when they are saved; else the worker would do it later."""
    settings.PICTURE_SIZES_BY_WORKER = False


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """`pytest_runtest_setup` makes the databases, as each test needs another one."""
    yield
    with django_db_blocker.unblock():
        databases.drop_copies()


@pytest.fixture(autouse=True)
def _as_if_just_started() -> Iterator[None]:
    """Django lets the language of the last request stand until the next one chooses its own."""
    cache.clear()
    yield
    translation.deactivate()


@pytest.fixture
def home(db: None) -> HomePage:
    """An empty home page at the root of the default site."""
    return HomePage.objects.get()


@pytest.fixture
def issue_index(home: HomePage) -> IssueIndexPage:
    return IssueIndexPage.objects.get()


@pytest.fixture
def story_index(home: HomePage) -> StoryIndexPage:
    return StoryIndexPage.objects.get()


@pytest.fixture
def news_index(home: HomePage) -> NewsIndexPage:
    return NewsIndexPage.objects.get()


@pytest.fixture
def starter(db: None) -> None:
    """The site holds the starter content."""


@pytest.fixture(name="every_page")
def _every_page(db: None) -> SimpleNamespace:
    """One page of each type with every field filled and every block in its body."""
    return every_page.find()


@pytest.fixture(scope="session")
def responses(django_db_setup: None, django_db_blocker: Any) -> dict[str, HttpResponse]:
    """What a reader gets for each of PUBLIC_PATHS, fetched once from `every_page`."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = {path: Client().get(path) for path in every_page.PUBLIC_PATHS}
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
