"""Users of each role, and what their requests return."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from staff.models import User
from tests import factories

ROLES = ("Writers", "Editors", "Campaigners", "Story stewards", "administrator")


def user_with_role(role: str, **but: Any) -> User:
    user = factories.UserFactory(is_superuser=role == "administrator", **but)
    user.groups.set(Group.objects.filter(name=role))
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def was_refused(response: Any) -> bool:
    """Whether Wagtail sent the user away with “no permission”."""
    return (response.status_code, response.headers.get("Location")) == (302, "/admin/")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())
