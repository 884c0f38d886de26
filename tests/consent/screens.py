"""Helpers for tests of the consent screens."""

import re

from django.contrib.auth.models import Group
from django.utils.html import strip_tags

from staff.models import User
from tests import factories


def steward() -> User:
    """A new user in the group of story stewards."""
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name="Story stewards"))
    return user


def rows(html: str, heading: str) -> str:
    """The text of the list below a heading; empty if the screen has no such list."""
    found = re.search(rf"<h2>{re.escape(heading)}</h2>.*?<ul>(.*?)</ul>", html, re.DOTALL)
    return " ".join(strip_tags(found[1]).split()) if found else ""
