"""The pages that ask whether to delete something say what is lost with it."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from wagtail.models import Comment, Page, Task

from editorial.stigmatizing_language import Wording
from mission.models import HomePage
from search.models import WordGroup
from staff.models import User
from tests import factories
from tests.staff.sessions import log_in


@pytest.fixture
def administrator(home: HomePage) -> Client:
    """An administrator who just gave the password, as actions on users require."""
    return log_in(User.objects.create_superuser("boss"), "password")


def steward() -> User:
    user = factories.UserFactory(username="ana")
    factories.consent(steward=user)
    page = factories.StandardPageFactory(parent=HomePage.objects.get(), locked=True, locked_by=user)
    Comment.objects.create(page=page, user=user, text="Why?", contentpath="title")
    return user


def approvers() -> Group:
    return Group.objects.get(name="Story stewards")


OBJECTS: dict[str, tuple[str, Callable[[], Model], list[str]]] = {
    "user": (
        "wagtailusers_users:delete",
        steward,
        [
            "the steward of 1 consent record",
            "1 comment or reply by this person is deleted too.",
            "1 page that this person locked is unlocked.",
            "clear the box “Active”",
        ],
    ),
    "group": (
        "wagtailusers_groups:delete",
        approvers,
        ["approve these steps of workflows: “The story steward confirms it”."],
    ),
    "wording": (
        "wording:delete",
        lambda: Wording.objects.create(word="a new word", instead="person"),
        ["no longer mark this word"],
    ),
    "words": (
        "search_words:delete",
        lambda: WordGroup.objects.create(words="a\nb", language="en"),
        ["no longer finds the others"],
    ),
    "urgent words": (
        "search_words:delete",
        lambda: WordGroup.objects.create(words="a\nb", language="en", urgent=True),
        ["no longer show urgent help first"],
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_page_for_deleting_says_what_is_lost(administrator: Client, name: str) -> None:
    view, make, sentences = OBJECTS[name]
    html = administrator.get(reverse(view, args=[make().pk])).content.decode()
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    for sentence in sentences:
        assert sentence in shown
    assert "Nothing on this site shows it" not in shown


def test_bulk_page_for_deleting_users_says_what_is_lost(administrator: Client) -> None:
    url = reverse("wagtail_bulk_action", args=["staff", "user", "delete"])
    html = administrator.get(url, {"id": steward().pk}).content.decode()
    assert "the steward of 1 consent record" in html


def test_pages_that_a_deleted_user_locked_are_unlocked(home: HomePage) -> None:
    user = steward()
    user.delete()
    assert not Page.objects.filter(locked=True).exists()


def test_every_step_of_workflow_is_approved_by_a_group(home: HomePage) -> None:
    """`losses` finds the steps that a group approves by this attribute."""
    assert all(hasattr(task, "groups") for task in Task.objects.specific())
