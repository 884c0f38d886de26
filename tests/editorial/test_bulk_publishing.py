"""Publishing several pages leaves out those that must not be published, and names them."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from mission.models import HomePage
from staff.models import User
from tests import factories


@pytest.mark.parametrize("is_below", [False, True])
def test_bulk_publish_leaves_out_what_somebody_else_locked(
    home: HomePage, admin_client: Client, is_below: bool
) -> None:
    page = factories.StandardPageFactory(parent=home, title="Draft", live=False)
    locked = factories.StandardPageFactory(parent=page, live=False) if is_below else page
    locked.locked, locked.locked_at = True, timezone.now()
    locked.locked_by = User.objects.create_superuser("keeper")
    locked.save()
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    data = {"include_descendants": "on"} if is_below else {}
    response = admin_client.post(f"{url}?id={page.pk}&next=/admin/", data, follow=True)
    said = [str(message).strip() for message in response.context["messages"]]
    assert len(said) == 1
    assert "Somebody locked it, or it waits for an approval." in said[0]
    assert not Page.objects.get(pk=locked.pk).live


def test_bulk_publish_leaves_out_alias_of_draft(home: HomePage, admin_client: Client) -> None:
    page = factories.StandardPageFactory(parent=home, title="Draft", live=False)
    alias = page.create_alias(update_slug="alias")
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = admin_client.post(f"{url}?id={alias.pk}&next=/admin/", follow=True)
    said = [str(message).strip() for message in response.context["messages"]]
    assert said == ["“Draft” was not published. It is an alias, and goes live with its original."]
