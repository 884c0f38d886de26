"""Bulk actions on pages leave out those that must stay as they are, and say why."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Workflow

from editorial.publishing.other_languages import bulk_url
from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories


def lock(page: Page) -> None:
    """Lock the page as another member of staff."""
    page.locked, page.locked_at = True, timezone.now()
    page.locked_by = User.objects.create_superuser("keeper")
    page.save()


def said(client: Client, url: str, data: dict | None = None) -> list[str]:
    """The messages after a POST."""
    response = client.post(url, data or {}, follow=True)
    return [str(message).strip() for message in response.context["messages"]]


def run(client: Client, action: str, pages: list[Page], **data: object) -> list[str]:
    return said(client, bulk_url(pages, action, "/admin/"), data)


@pytest.fixture
def parent(home: HomePage) -> StandardPage:
    return factories.StandardPageFactory(parent=home, title="Parent")


@pytest.fixture
def child(parent: StandardPage) -> StandardPage:
    return factories.StandardPageFactory(parent=parent, title="Child")


@pytest.fixture
def free(home: HomePage) -> StandardPage:
    return factories.StandardPageFactory(parent=home, title="Free")


@pytest.mark.parametrize("is_below", [False, True])
def test_bulk_publish_leaves_out_what_somebody_else_locked(
    home: HomePage, admin_client: Client, is_below: bool
) -> None:
    page = factories.StandardPageFactory(parent=home, title="Draft", live=False)
    locked = factories.StandardPageFactory(parent=page, live=False) if is_below else page
    lock(locked)
    data = {"include_descendants": "on"} if is_below else {}
    (sentence,) = run(admin_client, "publish", [page], **data)
    assert sentence.startswith("“Draft” was not published.")
    assert sentence.endswith("keeper locked it.")
    assert not Page.objects.get(pk=locked.pk).live


def test_bulk_publish_leaves_out_alias_of_draft(home: HomePage, admin_client: Client) -> None:
    page = factories.StandardPageFactory(parent=home, title="Draft", live=False)
    alias = page.create_alias(update_slug="alias")
    assert run(admin_client, "publish", [alias]) == [
        "“Draft” was not published. It is an alias, and goes live with its original."
    ]


def test_deletion_leaves_out_what_somebody_else_locked(
    parent: StandardPage, child: StandardPage, free: StandardPage, admin_client: Client
) -> None:
    lock(child)
    refused = "“Parent” was not deleted. Child: keeper locked it."
    single = reverse("wagtailadmin_pages:delete", args=[parent.pk])
    assert said(admin_client, single) == [refused]
    response = admin_client.get(single, follow=True)
    assert refused in response.content.decode()
    shown = admin_client.get(bulk_url([parent, free], "delete", "/")).content.decode()
    assert "Parent</a>: Child: keeper locked it." in shown
    assert "have permission" not in shown
    assert run(admin_client, "delete", [parent, free]) == [refused, "1 page has been deleted"]
    assert run(admin_client, "delete", [parent, child]) == [
        refused,
        "“Child” was not deleted. keeper locked it.",
    ]
    assert Page.objects.filter(pk__in=[parent.pk, child.pk, free.pk]).count() == 2


def test_deletion_counts_selected_page_below_another_once(
    parent: StandardPage, child: StandardPage, admin_client: Client
) -> None:
    assert run(admin_client, "delete", [parent, child]) == [
        "1 page and 1 child page have been deleted"
    ]


def test_move_leaves_out_what_somebody_else_locked(
    parent: StandardPage, child: StandardPage, free: StandardPage, admin_client: Client
) -> None:
    lock(child)
    refused = "“Child” was not moved. keeper locked it."
    single = reverse("wagtailadmin_pages:move_confirm", args=[child.pk, free.pk])
    assert said(admin_client, single) == [refused]
    other = factories.StandardPageFactory(parent=parent, title="Other")
    assert run(admin_client, "move", [child, other], chooser=free.pk) == [
        refused,
        "1 page has been moved",
    ]
    assert Page.objects.get(pk=child.pk).is_child_of(Page.objects.get(pk=parent.pk))


def test_page_that_waits_for_approval_is_deleted_only_by_approvers(
    free: StandardPage, admin_user: User, admin_client: Client
) -> None:
    writer = factories.UserFactory()
    writer.groups.add(Group.objects.get(name="Writers"))
    free.unpublish()
    free.save_revision()
    Workflow.objects.get(name="Editors' approval").start(free, writer)
    client = Client()
    client.force_login(writer)
    single = reverse("wagtailadmin_pages:delete", args=[free.pk])
    assert said(client, single) == ["“Free” was not deleted. It waits for an approval."]
    assert said(admin_client, single) == ["Page &#x27;Free&#x27; deleted."]


def later(page: StandardPage) -> StandardPage:
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision()
    return page


def test_drafts_below_scheduled_page_are_named_and_stay_drafts(
    home: HomePage, admin_client: Client
) -> None:
    page = later(factories.StandardPageFactory(parent=home, live=False, title="Later"))
    draft = factories.StandardPageFactory(parent=page, live=False, title="Below")
    assert run(admin_client, "publish", [page], include_descendants="on") == [
        "“Later” will be published at the scheduled time.",
        "These pages below “Later” stay drafts: “Below”. Publish or schedule each one.",
    ]
    assert not Page.objects.filter(pk__in=[page.pk, draft.pk], live=True).exists()
    assert Page.objects.get(pk=page.pk).scheduled_revision


def test_scheduled_draft_below_is_not_counted_as_published(
    home: HomePage, admin_client: Client
) -> None:
    page = factories.StandardPageFactory(parent=home, live=False, title="Now")
    factories.StandardPageFactory(parent=page, live=False, title="Also now")
    later(factories.StandardPageFactory(parent=page, live=False, title="Later"))
    assert run(admin_client, "publish", [page], include_descendants="on") == [
        "“Later” will be published at the scheduled time.",
        "2 pages have been published",
    ]


def test_bulk_unpublish_says_why_a_page_stayed(
    parent: StandardPage, child: StandardPage, home: HomePage, admin_client: Client
) -> None:
    draft = factories.StandardPageFactory(parent=home, live=False, title="Draft")
    factories.StandardPageFactory(parent=parent, title="Other")
    lock(child)
    refused = "“Child” was not unpublished. keeper locked it."
    shown = admin_client.get(bulk_url([draft], "unpublish", "/")).content.decode()
    assert "Draft</a>: It is not public." in shown
    assert run(admin_client, "unpublish", [draft, parent], include_descendants="on") == [
        "“Draft” was not unpublished. It is not public.",
        refused,
        "2 pages have been unpublished",
    ]
    parent.save_revision().publish()
    single = reverse("wagtailadmin_pages:unpublish", args=[parent.pk])
    assert refused in said(admin_client, single, {"include_descendants": "on"})
    assert Page.objects.get(pk=child.pk).live
