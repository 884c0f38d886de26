"""A password change and a change by somebody else at the same time, on separate connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from procrastinate.testing import InMemoryConnector

from staff.models import User
from tests import databases
from tests.actions.conftest import queue as queue
from tests.consent.test_locks import TIMEOUT
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home
from tests.staff.sessions import PASSWORD, log_in
from tests.staff.test_requests_under_way import CHANGES, NEW_PASSWORD, rows


def make_rosa() -> None:
    make_home()
    User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")


CONTENTS = {
    "stored_rosa": Content("rosa", make_rosa, ("tests/staff/test_concurrency.py", *SOURCES))
}


@pytest.fixture
def stored_rosa(
    django_db_setup: None, django_db_blocker: Any, queue: InMemoryConnector
) -> Iterator[User]:
    """A user whose row is committed, so that other connections can see it."""
    with django_db_blocker.unblock():
        yield User.objects.get()
        databases.restore(CONTENTS["stored_rosa"])


@pytest.mark.parametrize("change", ["disable", "delete", "reset", "lock out"])
def test_password_change_does_not_undo_concurrent_change(
    change: str, stored_rosa: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other change is committed while the password change waits."""
    settings.TWO_STEP_LOGIN = False
    rosa, set_password = stored_rosa, User.set_password
    client, has_begun, is_changed = log_in(rosa, "password"), Event(), Event()

    def set_password_slowly(user: User, raw_password: str | None) -> None:
        if raw_password == NEW_PASSWORD["new_password1"]:
            has_begun.set()
            assert is_changed.wait(TIMEOUT)
        set_password(user, raw_password)

    def send() -> HttpResponse:
        try:
            return client.post("/admin/account/password/", NEW_PASSWORD)
        finally:
            connection.close()

    monkeypatch.setattr(User, "set_password", set_password_slowly)
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(send)
        assert has_begun.wait(TIMEOUT)
        CHANGES[change](rosa, rosa)
        after = rows()
        is_changed.set()
        assert response.result().status_code == 403
    assert rows() == after
    assert client.get("/admin/").headers["Location"].startswith("/account/login/")
