"""Password attempts are limited by sender, for all senders together, and by account."""

from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.testing import InMemoryConnector
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from actions.rate_limit import Rate, buckets
from dpa_site.middleware import password_rate_limit
from issues.models import IssueIndexPage
from staff.adapters import PASSWORD_CHECK
from staff.models import User
from tests.actions.conftest import queue as queue

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of hers"
# Each form whose requests are limited, except the password forms of a page or collection.
FORMS = {
    "account_login": ("/account/login/", {"login": "nobody{number}", "password": "wrong"}),
    "wagtailadmin_password_reset": ("/admin/password_reset/", {"email": "{number}@example.org"}),
}


@pytest.fixture(autouse=True)
def _stop_clock(monkeypatch: pytest.MonkeyPatch, issue_index: IssueIndexPage) -> None:
    monkeypatch.setattr(buckets, "clock", lambda: 1.0)


@pytest.fixture
def paths(issue_index: IssueIndexPage) -> list[str]:
    """The paths of password forms: for two page restrictions and a collection of documents."""
    pages = [
        PageViewRestriction.objects.create(
            page=issue_index, restriction_type="password", password="the right one"
        )
        for _ in range(2)
    ]
    collection = CollectionViewRestriction.objects.create(
        collection=Collection.get_first_root_node(),
        restriction_type="password",
        password="the right one",
    )
    return [
        *(f"/_util/authenticate_with_password/{page.pk}/{issue_index.pk}/" for page in pages),
        f"/documents/authenticate_with_password/{collection.pk}/",
    ]


def send(path: str, data: dict[str, str], number: int = 0, sender: int = 1) -> HttpResponse:
    form = {name: value.format(number=number) for name, value in data.items()}
    headers = {"x-forwarded-for": f"203.0.113.{sender}", "sec-fetch-site": "same-origin"}
    return Client().post(path, form, headers=headers)


@pytest.mark.parametrize("view", FORMS)
def test_attempts_are_limited_by_sender_and_in_total(
    view: str, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, total = password_rate_limit.RATES[view]
    assert sender.burst <= 15
    assert total is not None
    assert sender.burst <= total.burst / 2
    monkeypatch.setitem(
        password_rate_limit.RATES, view, (sender, Rate(burst=sender.burst * 2, per_minute=1))
    )
    path, data = FORMS[view]
    statuses = [send(path, data, number).status_code for number in range(sender.burst)]
    assert 429 not in statuses
    with CaptureQueriesContext(connection) as captured:
        refused = send(path, data, 100)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert not captured.captured_queries
    others = [
        send(path, data, number, sender=number).status_code for number in range(2, sender.burst + 3)
    ]
    assert [status == 429 for status in others] == [False] * sender.burst + [True]


def test_page_passwords_are_limited_by_page_and_sender(paths: list[str]) -> None:
    wrong = {"password": "wrong", "return_url": "/issues/"}
    right = wrong | {"password": "the right one"}
    for path in paths:
        statuses = [send(path, wrong).status_code for _ in range(40)]
        assert statuses == [200] * 15 + [429] * 25
        assert send(path, right).status_code == 429
        assert send(path, right, sender=2).status_code == 302
    with_prefix = f"/es{paths[0]}"
    # The URL in another language counts for the same page.
    assert send(with_prefix, right).status_code == 429


def test_page_passwords_are_limited_by_page_for_all_senders(paths: list[str]) -> None:
    wrong = {"password": "wrong", "return_url": "/issues/"}
    statuses = [send(paths[0], wrong, sender=number % 60).status_code for number in range(100)]
    assert statuses == [200] * 60 + [429] * 40
    assert send(paths[1], wrong, sender=100).status_code == 200


def test_password_check_does_not_wait_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process checks one password at a time. Meanwhile, its other threads refuse logins."""
    User.objects.create_superuser("rosa", password=PASSWORD)
    monkeypatch.setattr(User, "check_password", lambda *args: pytest.fail("checked"))
    with PASSWORD_CHECK:
        for name in ("rosa", "nobody"):
            busy = send("/account/login/", {"login": name, "password": PASSWORD})
            assert "Many people are signing in." in busy.content.decode()
    monkeypatch.undo()
    assert send("/account/login/", {"login": "rosa", "password": PASSWORD}).status_code == 302
    assert send("/account/login/", {"login": "rosa", "password": "wrong"}).status_code == 200
    assert PASSWORD_CHECK.acquire(blocking=False)  # the checks released the lock
    PASSWORD_CHECK.release()


def test_password_reset_does_the_same_for_known_and_unknown_addresses(
    queue: InMemoryConnector, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")
    User.objects.create_superuser("ana", password=PASSWORD, email="rosa@example.org")
    User.objects.create_user("gone", email="gone@example.org", is_active=False)
    work = {}
    for name in ("warm-up", "rosa", "nobody", "gone"):
        with CaptureQueriesContext(connection) as captured:
            response = send("/admin/password_reset/", {"email": f"{name}@example.org"})
        queries = [query["sql"].split(" ")[0] for query in captured.captured_queries]
        work[name] = (response.status_code, response.headers["Location"], queries)
    assert work["rosa"] == work["nobody"] == work["gone"]
    assert not mailoutbox
    jobs = [job["args"]["users"] for job in queue.jobs.values()]
    assert [len(users) for users in jobs] == [0, 2, 0, 0]


def test_password_reset_is_limited_by_account(queue: InMemoryConnector, settings: Any) -> None:
    User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")
    addresses = ("rosa@example.org", "ROSA@example.org", "Rosa@Example.org", "rosa@example.org")
    targets = {
        send("/admin/password_reset/", {"email": address}, sender=number).headers["Location"]
        for number, address in enumerate(addresses)
    }
    assert targets == {"/admin/password_reset/done/"}
    assert len(queue.jobs) == 2
