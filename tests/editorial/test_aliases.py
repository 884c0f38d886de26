"""An alias that was unpublished stays down when its original is published."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from mission.models import HomePage, StandardPage
from tests import factories
from tests.editorial.test_bulk_publishing import run, said
from tests.editorial.test_drafts import send

GOES_LIVE = "It goes live when its original is unpublished and published again."


def publish_in_form(page: StandardPage, client: Client) -> None:
    send(client, page, "action-publish", title="New")


def publish_in_bulk(page: StandardPage, client: Client) -> None:
    page.title = "New"
    page.save_revision()
    run(client, "publish", [page])


def publish_on_schedule(page: StandardPage, client: Client) -> None:
    page.title = "New"
    page.go_live_at = timezone.now() - timedelta(minutes=1)
    page.save_revision(approved_go_live_at=page.go_live_at)
    call_command("publish_scheduled")


@pytest.fixture
def page(home: HomePage) -> StandardPage:
    return factories.StandardPageFactory(parent=home, title="Page", slug="page")


@pytest.mark.parametrize("publish", [publish_in_form, publish_in_bulk, publish_on_schedule])
@pytest.mark.parametrize("is_bulk", [False, True])
def test_alias_stays_down_while_its_original_is_public(
    page: StandardPage,
    admin_client: Client,
    publish: Callable[[StandardPage, Client], None],
    is_bulk: bool,
) -> None:
    alias, live = (page.create_alias(update_slug=slug) for slug in ("down", "live"))
    if is_bulk:
        sentence = run(admin_client, "unpublish", [alias])[0]
    else:
        unpublish_url = reverse("wagtailadmin_pages:unpublish", args=[alias.pk])
        [sentence] = said(admin_client, unpublish_url)
    assert GOES_LIVE in sentence
    publish(StandardPage.objects.get(pk=page.pk), admin_client)
    shown = StandardPage.objects.in_bulk([alias.pk, live.pk])
    assert (shown[alias.pk].title, shown[alias.pk].live) == ("New", False)
    assert (shown[live.pk].title, shown[live.pk].live) == ("New", True)
    assert run(admin_client, "publish", [alias])[-1:] == [
        f"“New” was not published. It is an alias that was unpublished. {GOES_LIVE}"
    ]

    StandardPage.objects.get(pk=page.pk).unpublish()
    publish(StandardPage.objects.get(pk=page.pk), admin_client)
    assert Page.objects.get(pk=alias.pk).live


def test_alias_below_is_left_out(home: HomePage, admin_client: Client) -> None:
    above = factories.StandardPageFactory(parent=home, title="Above", live=False)
    page = factories.StandardPageFactory(parent=above, title="Page")
    page.create_alias(update_slug="down").unpublish()
    refused, published = run(admin_client, "publish", [above], include_descendants="on")
    assert refused.startswith("“Page” was not published. It is an alias that was unpublished.")
    assert published == "1 page has been published"
