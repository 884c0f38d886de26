"""A live server with the starter content and one browser for all browser tests."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.staticfiles.finders import get_finders
from django.core.signals import request_finished, request_started
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, expect, sync_playwright
from whitenoise import WhiteNoise

from actions.rate_limit import buckets
from mission.models import HomePage, StandardPage
from staff.models import User
from tests import databases, factories
from tests.browser import chromium
from tests.browser.navigation import visit, watch
from tests.contents import STARTER

# Playwright's event loop makes Django reject database queries in this thread, but they are safe.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PASSWORD = "a long password for tests"
expect.set_options(timeout=15_000)  # milliseconds; enough for a busy machine
CHROMIUM_ARGUMENTS = (
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-quic", "--disable-gpu", "--in-process-gpu"),
    # Exact widths of letters, because rounded widths cause layout shifts.
    "--font-render-hinting=none",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker("browser")


class LiveRequests:
    """Counts the requests in progress on the live server."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.running = 0
        request_started.connect(self._start)
        request_finished.connect(self._finish)

    def _start(self, **signal: object) -> None:
        with self.changed:
            self.running += 1

    def _finish(self, **signal: object) -> None:
        with self.changed:
            self.running -= 1
            self.changed.notify_all()

    def wait_until_idle(self) -> None:
        """Wait until requests of closed windows, such as an autosave, have ended."""
        with self.changed:
            self.changed.wait_for(lambda: self.running <= 0, timeout=5)


def with_static_files(application: Callable) -> WhiteNoise:
    """Serve static files with a long max-age, as in production.

    Each CMS page loads about fifty of them.
    """
    server = WhiteNoise(application, max_age=3600)
    for finder in get_finders():
        for path, storage in finder.list(None):
            name = Path(storage.prefix, path) if getattr(storage, "prefix", None) else path
            server.add_file_to_dictionary(f"{settings.STATIC_URL}{name}", storage.path(path))
    return server


@pytest.fixture(scope="session")
def live_requests() -> LiveRequests:
    return LiveRequests()


@pytest.fixture(scope="session")
def site(
    django_db_setup: None, django_db_blocker: Any, live_requests: LiveRequests
) -> Iterator[str]:
    """The URL of the live server, which has the starter content."""
    server = LiveServerThread("localhost", static_handler=with_static_files)
    server.daemon = True
    with django_db_blocker.unblock():
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        yield f"http://localhost:{server.port}"
        server.terminate()


@pytest.fixture(autouse=True)
def _restore_database(
    request: pytest.FixtureRequest, live_requests: LiveRequests, django_db_blocker: Any
) -> Iterator[None]:
    """Restore the database after each test that uses `database`.

    This fixture is set up first, so it is torn down last.
    """
    yield
    if "database" in request.fixturenames:
        live_requests.wait_until_idle()
        buckets.clear()
        with django_db_blocker.unblock():
            databases.restore(STARTER)


@pytest.fixture
def database(
    _restore_database: None, site: str, django_db_blocker: Any
) -> Callable[[], AbstractContextManager]:
    """`with database():` allows queries, which may also change the database."""
    return django_db_blocker.unblock


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = chromium.find()
        assert path, chromium.MISSING
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(
            executable_path=path, args=[*CHROMIUM_ARGUMENTS, *root]
        )
        yield started
        started.close()


@pytest.fixture
def new_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`new_page(width=…, javascript=…)` opens a window; `visit` opens pages in it.

    A test fails on any error in its windows: see `Watch`. Requests are allowed only to the site and
    to `hosts`.
    """
    contexts, watches = [], []

    def open_window(
        width: int = 1280, *, javascript: bool = True, hosts: tuple[str, ...] = (), **options: Any
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watches.append(watch(page, site, *hosts))
        return page

    yield open_window
    for context in contexts:
        context.close()
    errors = [error for each in watches for error in each.errors]
    assert not errors, "\n".join(sorted(set(errors)))


@pytest.fixture
def open_cms(new_page: Callable[..., Page], database: Callable, site: str) -> Callable[..., Page]:
    """`open_cms(width=…)` opens the dashboard in a window, logged in as an administrator.

    With `at=""`, no page is opened. With `role=…`, the user has only this role.
    """

    def log_in(width: int = 1440, *, role: str = "", at: str = "/admin/", **options: Any) -> Page:
        name = role.lower().replace(" ", "-") or "editor"
        client = Client()
        with database():
            User.objects.filter(username=name).delete()
            user = User(username=name, email=f"{name}@example.org", is_superuser=not role)
            user.set_password(PASSWORD)
            user.save()
            user.groups.set(Group.objects.filter(name=role))
            client.force_login(user)
        page = new_page(width, **options)
        session = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": session.key, "value": session.value, "url": site}])
        if at:
            visit(page, at)
        return page

    return log_in


@pytest.fixture
def without_autosave(settings: Any) -> None:
    """Turn off autosave, for tests that count or compare revisions."""
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0


@pytest.fixture
def cms(open_cms: Callable[..., Page]) -> Page:
    """A window with a logged-in administrator and no page open."""
    return open_cms(at="")


@pytest.fixture
def draft(database: Callable, site: str) -> StandardPage:
    """An unpublished page with a text block and a claim block."""
    with database():
        page = factories.StandardPageFactory(
            parent=HomePage.objects.get(locale__language_code="en"),
            title="Typed by hand",
            slug="typed",
            live=False,
        )
        claim = {"statement": "It is so.", "source": "A report"}
        page.body = [
            {"type": "text", "value": "<p>Once.</p>"},
            {"type": "claim", "value": claim},
        ]
        page.save_revision()
    return page
