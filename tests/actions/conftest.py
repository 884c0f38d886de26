from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from actions.models import ActionPage
from actions.rate_limit import buckets
from mission.models import HomePage
from tests import factories


@pytest.fixture(autouse=True)
def _full_rate_limit_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with full buckets, and stop their clock, so that a slow test gets no extra tokens."""
    buckets.clear()
    monkeypatch.setattr(buckets, "clock", lambda: 1.0)


@pytest.fixture
def queue() -> Iterator[InMemoryConnector]:
    """The job queue, in memory."""
    with app.replace_connector(InMemoryConnector()) as replaced:
        yield replaced.connector


@pytest.fixture
def petition(home: HomePage) -> ActionPage:
    return factories.ActionPageFactory(parent=home, title="Sign here", kind="petition", goal=1000)


@pytest.fixture
def campaigner(db: None) -> Client:
    user = factories.UserFactory(username="cam")
    user.groups.add(Group.objects.get(name="Campaigners"))
    client = Client()
    client.force_login(user)
    return client
