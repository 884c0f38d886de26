import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pillow_heif
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django.plugin import blocking_manager_key

from actions.rate_limit import buckets
from cms.outdated_forms import views as outdated_forms
from cms.outdated_forms.state import FIELD
from dpa_site.devtools import messages
from issues.models import IssueIndexPage
from mission.models import HomePage
from news.models import NewsIndexPage
from pictures import decoding_lock
from search import spelling
from search.word_groups import word_groups
from stories.models import StoryIndexPage
from tests import databases, every_page
from tests.contents import STARTER, content_for
from tests.tasks import TestBackend

messages.compile_all()
pillow_heif.register_heif_opener()  # so that tests can write HEIC files
# Each test process decodes pictures under a lock of its own, so that none waits for another.
decoding_lock.LOCK_FILE = Path(settings.MEDIA_ROOT).parent / "decoding.lock"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Let xdist distribute tests with the starter content one at a time, and other tests by file.

    Tests with the starter content, mostly browser tests, run last. Within a file, tests with the
    same database content run together.
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
    """Collect garbage less often, and never in loaded modules: this saves a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Switch to the database with the content the test needs, before any fixture runs."""
    content = content_for(item)
    if content is not None:
        TestBackend.is_indexing = True  # because `use` may make a template database
        with item.config.stash[blocking_manager_key].unblock():
            databases.use(content)
    TestBackend.is_indexing = (
        content is STARTER or "cms_search" in item.fixturenames  # type: ignore[attr-defined]
    )


@pytest.fixture
def cms_search() -> None:
    """Keeps the CMS search index up to date, which is slow: see `pytest_runtest_setup`."""


@pytest.fixture
def all_renditions(settings: Any) -> None:
    """Encode all renditions when a picture is saved, as a site without a worker does."""
    settings.PICTURE_SIZES_BY_WORKER = False


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Replace pytest-django's setup: `pytest_runtest_setup` makes a database per content."""
    yield
    with django_db_blocker.unblock():
        databases.drop_copies()


@pytest.fixture(autouse=True)
def _reset_state_of_process() -> Iterator[None]:
    """Reset cache, rate limits and active language, so that they do not affect the next test."""
    cache.clear()
    buckets.clear()
    spelling.vocabulary.clear()
    word_groups.clear()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _accept_forms_without_stored_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests send an edit form of the CMS without opening it first.

    `tests/cms/test_outdated_forms.py` turns this off.
    """
    find_changes, clean = outdated_forms.find_changes, outdated_forms.FormWithState.clean

    def find(view: Any, parts: outdated_forms.Parts) -> list[str]:
        if FIELD in view.request.POST:
            return find_changes(view, parts)
        view.stored_state = ""
        return []

    def clean_form(form: Any) -> dict | None:
        is_sent = form.add_prefix(FIELD) in form.data
        return clean(form) if is_sent else super(outdated_forms.FormWithState, form).clean()

    monkeypatch.setattr(outdated_forms, "find_changes", find)
    monkeypatch.setattr(outdated_forms.FormWithState, "clean", clean_form)


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
    """Selects the database with the starter content: see BY_FIXTURE in tests/contents.py."""


@pytest.fixture(name="every_page")
def _every_page(db: None) -> SimpleNamespace:
    """One page of each type with every field filled and every block in its body."""
    return every_page.find()


@pytest.fixture(scope="session")
def responses(django_db_setup: None, django_db_blocker: Any) -> dict[str, HttpResponse]:
    """The response of each path in PUBLIC_PATHS of the site `every_page`, fetched once."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = {path: Client().get(path) for path in every_page.PUBLIC_PATHS}
        transaction.set_rollback(True)
    return found


@pytest.fixture
def queries(db: None) -> Callable[[str], list[str]]:
    """`queries(path)` returns the SQL statements of the second of two GET requests."""

    def statements(path: str) -> list[str]:
        client = Client()
        client.get(path)  # fills the caches of content types, locales and site paths
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    return statements
