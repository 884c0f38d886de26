"""Nothing restricted is readable with a one-time password or without a required second step."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents.models import Document
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from mission.models import HomePage
from staff.models import User
from tests import factories
from tests.staff.sessions import add_app, add_recovery_codes, log_in, reset


@pytest.fixture(params=["login", "groups"])
def paths(request: Any, home: HomePage, settings: Any) -> list[str]:
    """Paths: a restricted page, a restricted document, and an unlinked document (staff only)."""
    settings.TWO_STEP_LOGIN = True
    root = Collection.get_first_root_node()
    collection = root.add_child(name="Internal")
    linked, internal = (
        Document.objects.create(title="a", file=ContentFile(b"a", "a.txt"), collection=each)
        for each in (collection, root)
    )
    download = {"type": "download", "value": {"document": linked.pk}}
    factories.StandardPageFactory(parent=home, slug="links", body=json.dumps([download]))
    page = factories.StandardPageFactory(parent=home, slug="internal")
    for restriction in (
        PageViewRestriction.objects.create(page=page, restriction_type=request.param),
        CollectionViewRestriction.objects.create(
            collection=collection, restriction_type=request.param
        ),
    ):
        restriction.groups.set(Group.objects.filter(name__in=["Editors", "Writers"]))
    return ["/internal/", linked.url, internal.url]


def member(group: str) -> User:
    user = factories.UserFactory(username="rosa")
    user.groups.add(Group.objects.get(name=group))
    return user


def logged_in_member(group: str, prepare: list[Callable], proofs: list[str]) -> Client:
    user = member(group)
    for each in prepare:
        each(user)
    return log_in(user, *proofs)


@pytest.mark.parametrize(
    ("group", "prepare", "proofs"),
    [
        ("Editors", [reset], ["password"]),
        ("Writers", [reset], ["password"]),
        ("Editors", [], ["password"]),
        ("Editors", [add_app], ["password"]),
        ("Editors", [add_recovery_codes], ["password"]),
        ("Writers", [add_app], ["password"]),
    ],
)
def test_incomplete_log_in_reads_nothing_restricted(
    paths: list[str], group: str, prepare: list[Callable], proofs: list[str]
) -> None:
    client = logged_in_member(group, prepare, proofs)
    page, linked, internal = map(client.get, paths)
    assert page.headers["Location"] == linked.headers["Location"] == "/admin/"
    assert "no-store" in page.headers["Cache-Control"]
    assert internal.status_code == 404
    assert client.get("/admin/").status_code == 302  # to the page that completes the login
    assert client.get("/links/").status_code == 200


@pytest.mark.parametrize(
    ("group", "prepare", "proofs"),
    [
        ("Editors", [add_app], ["password", "mfa"]),
        ("Writers", [add_app], ["password", "mfa"]),
        ("Writers", [], ["password"]),
    ],
)
def test_complete_log_in_reads_what_is_restricted(
    paths: list[str], group: str, prepare: list[Callable], proofs: list[str]
) -> None:
    client = logged_in_member(group, prepare, proofs)
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]


def test_reader_is_asked_to_log_in(paths: list[str], client: Client) -> None:
    page, linked, internal = map(client.get, paths)
    assert page.headers["Location"] == "/account/login/?next=/internal/"
    assert linked.headers["Location"].startswith("/account/login/")
    assert internal.status_code == 404
