"""Users of each role, and helpers for their requests."""

import re
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from consent.models import ConsentRecord
from staff.models import User
from tests import factories

ROLES = ("Writers", "Editors", "Campaigners", "Story stewards", "administrator")
MAY_CHANGE = {"Story stewards", "administrator"}  # the roles that may widen and renew consent


def user_with_role(role: str, **attributes: Any) -> User:
    user = factories.UserFactory(is_superuser=role == "administrator", **attributes)
    user.groups.set(Group.objects.filter(name=role))
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def was_refused(response: Any) -> bool:
    """Whether Wagtail redirected the user because of a missing permission."""
    return (response.status_code, response.headers.get("Location")) == (302, "/admin/")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def form_values(client: Client, name: str, record: ConsentRecord) -> dict[str, str]:
    """The data that a browser would send if the user changed nothing in the form."""
    response = client.get(reverse(f"consent:{name}", args=[record.pk]))
    assert response.status_code == 200, response.headers
    return sent_values(response)


def sent_values(response: Any) -> dict[str, str]:
    """The data that a browser would send for the form in a response."""
    form = response.context["form"]
    values = {}
    for field in form:
        value = field.value()
        if value is True:
            values[field.name] = "on"
        elif value is not None and value is not False:
            values[field.name] = str(value)
    for hidden in re.findall(
        r'<input type="hidden" name="initial-[^>]*>', response.content.decode()
    ):
        name, value = (re.search(rf' {key}="([^"]*)"', hidden) for key in ("name", "value"))
        values[name[1]] = value[1] if value else ""
    return values
