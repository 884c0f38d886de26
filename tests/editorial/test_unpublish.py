"""Unpublish and delete views: redirects, and the list of uses."""

import re
from itertools import product

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.models import GroupPagePermission, Page

from editorial.publishing.other_languages import bulk_url
from mission.models import HomePage, StandardPage
from tests import factories
from tests.translation_workflow import spanish


@pytest.fixture
def old(home: HomePage) -> StandardPage:
    """A page to unpublish, with a child page."""
    page = factories.StandardPageFactory(parent=home, slug="old", title="Old campaign")
    factories.StandardPageFactory(parent=page, slug="below", title="Below")
    return page


@pytest.fixture
def new(home: HomePage) -> StandardPage:
    return factories.StandardPageFactory(parent=home, slug="new", title="New campaign")


def unpublish_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:unpublish", args=[page.pk])


def test_unpublish_redirects_to_chosen_page(
    old: StandardPage, new: StandardPage, admin_client: Client, client: Client
) -> None:
    response = admin_client.post(unpublish_url(old), {"send_to": new.pk}, follow=True)
    assert "“Old campaign” is unpublished. Readers are sent to “New campaign” instead." in (
        response.content.decode()
    )
    assert client.get("/old/")["Location"] == "/new/"
    assert client.get("/old/below/").status_code == 200


def test_unpublish_redirects_descendants(
    old: StandardPage, new: StandardPage, admin_client: Client, client: Client
) -> None:
    admin_client.post(unpublish_url(old), {"send_to": new.pk, "include_descendants": "on"})
    assert client.get("/old/below/")["Location"] == "/new/"


def test_unpublish_without_target_makes_no_redirect(
    old: StandardPage, admin_client: Client, client: Client
) -> None:
    admin_client.post(unpublish_url(old), {"send_to": ""})
    assert client.get("/old/").status_code == 404
    assert not Redirect.objects.exists()


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("old", "You are unpublishing this page"),
        ("below", "You are unpublishing this page"),
        ("draft", "Readers cannot see “A draft”. Choose a public page."),
    ],
)
def test_unpublish_rejects_target_that_is_not_public(
    old: StandardPage, home: HomePage, admin_client: Client, target: str, sentence: str
) -> None:
    factories.StandardPageFactory(parent=home, slug="draft", title="A draft", live=False)
    data = {"send_to": Page.objects.get(slug=target).pk, "include_descendants": "on"}
    response = admin_client.post(unpublish_url(old), data)
    assert sentence in str(response.context["form"].errors["send_to"])
    assert sentence in response.content.decode()
    assert StandardPage.objects.get(slug="old").live


def test_unpublish_redirect_requires_permission(
    old: StandardPage, new: StandardPage, client: Client
) -> None:
    assert client.post(unpublish_url(old), {"send_to": new.pk}).status_code == 403
    client.force_login(factories.UserFactory())
    client.post(unpublish_url(old), {"send_to": new.pk})
    assert StandardPage.objects.get(slug="old").live
    assert not Redirect.objects.exists()


@pytest.mark.parametrize("is_bulk", [False, True])
def test_redirects_survive_deletion_of_unpublished_page(
    old: StandardPage, new: StandardPage, admin_client: Client, client: Client, is_bulk: bool
) -> None:
    Redirect.add_redirect("/older", old)
    admin_client.post(unpublish_url(old), {"send_to": new.pk})
    single = reverse("wagtailadmin_pages:delete", args=[old.pk])
    admin_client.post(bulk_url([old], "delete", "/admin/") if is_bulk else single)
    assert not Page.objects.filter(slug="old").exists()
    assert client.get("/old/")["Location"] == "/new/"
    assert client.get("/older/")["Location"] == "/new/"


def test_delete_view_lists_every_use(
    old: StandardPage, new: StandardPage, home: HomePage, admin_client: Client
) -> None:
    below = Page.objects.get(slug="below")
    new.body = [{"type": "text", "value": f'<p><a linktype="page" id="{old.pk}">words</a></p>'}]
    new.save()
    old.body = [{"type": "text", "value": f'<p><a linktype="page" id="{below.pk}">own</a></p>'}]
    old.save()
    home.join_page = below
    home.save()
    url = reverse("wagtailadmin_pages:delete", args=[old.pk])
    html = admin_client.get(url).content.decode()
    assert "2 places show it or link to it" in html
    assert "To send its readers to another page" in html
    for page in (new, home):
        assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in html
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    html = admin_client.get(f"{bulk}?id={new.pk}&id={old.pk}").content.decode()
    assert "2 places show it or link to it" in html
    assert "Nothing on this site shows it" in html


def test_picture_and_document_delete_views_list_uses(
    new: StandardPage, admin_client: Client
) -> None:
    new.lead_picture = factories.picture(size=(60, 40))
    new.save()
    url = reverse("wagtailimages:delete", args=[new.lead_picture.pk])
    assert "New campaign" in admin_client.get(url).content.decode()
    document = get_document_model().objects.create(title="A file", file="x.pdf")
    html = admin_client.get(reverse("wagtaildocs:delete", args=[document.pk])).content.decode()
    assert "Nothing on this site shows it" in html


@pytest.fixture
def translated(old: StandardPage, home: HomePage) -> StandardPage:
    """The live Spanish translation of `old`, with a page below it."""
    home.copy_for_translation(spanish()).save_revision().publish()
    translation = old.copy_for_translation(spanish())
    translation.title = "Campaña antigua"
    translation.save_revision().publish()
    below = Page.objects.get(slug="below").specific.copy_for_translation(spanish())
    below.save_revision().publish()
    return StandardPage.objects.get(pk=translation.pk)


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


def test_unpublish_offers_other_languages(
    old: StandardPage,
    new: StandardPage,
    translated: StandardPage,
    admin_client: Client,
    client: Client,
) -> None:
    html = admin_client.get(unpublish_url(old)).content.decode()
    assert "“Campaña antigua” (Spanish)" in html
    assert re.search(rf'name="translations" value="{translated.pk}"[^>]* checked', html)
    data = {"send_to": new.pk, "translations": [translated.pk], "include_descendants": "on"}
    response = admin_client.post(unpublish_url(old), data | {"send_to": translated.pk})
    assert "You are unpublishing this page" in response.content.decode()
    response = admin_client.post(unpublish_url(old), data, follow=True)
    assert "Also unpublished: “Campaña antigua” (Spanish)." in response.content.decode()
    assert not any(map(is_live, [old, translated, translated.get_children().get()]))
    assert client.get("/es/old/")["Location"] == "/new/"


def test_unpublish_leaves_other_languages_that_are_not_selected(
    old: StandardPage, translated: StandardPage, admin_client: Client
) -> None:
    admin_client.post(unpublish_url(old), {"send_to": ""})
    assert not is_live(old)
    assert is_live(translated)


@pytest.mark.parametrize("action", ["unpublish", "delete"])
@pytest.mark.parametrize("may", [True, False])
def test_confirm_pages_offer_other_languages_to_users_who_may(
    old: StandardPage, translated: StandardPage, home: HomePage, action: str, may: bool
) -> None:
    user = factories.UserFactory()
    group = Group.objects.create(name="One language")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    roots = [home, home.get_translation(spanish())] if may else [home]
    for root, name in product(roots, ("change", "publish", "bulk_delete")):
        permission = Permission.objects.get(codename=f"{name}_page")
        GroupPagePermission.objects.create(group=group, page=root, permission=permission)
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    single = reverse(f"wagtailadmin_pages:{action}", args=[old.pk])
    for url in (single, bulk_url([old], action, "/admin/")):
        html = client.get(url).content.decode()
        assert "Campaña antigua" in html
        offers = f"id={translated.pk}" in html or f'value="{translated.pk}"' in html
        assert offers == may, url
    client.post(unpublish_url(old), {"send_to": "", "translations": [translated.pk]})
    assert not is_live(old)
    assert is_live(translated) != may


def test_bulk_action_on_all_languages_names_none(
    old: StandardPage, translated: StandardPage, admin_client: Client
) -> None:
    for action in ("unpublish", "delete"):
        url = bulk_url([old, translated], action, "/admin/")
        assert "in other languages" not in admin_client.get(url).content.decode()
    admin_client.post(url)
    assert not Page.objects.filter(pk__in=[old.pk, translated.pk]).exists()


@pytest.mark.parametrize("action", ["unpublish", "delete"])
@pytest.mark.parametrize("is_bulk", [False, True])
def test_confirm_pages_name_live_aliases(
    old: StandardPage, home: HomePage, admin_client: Client, action: str, is_bulk: bool
) -> None:
    alias = old.create_alias(parent=home, update_slug="elsewhere")
    alias.create_alias(parent=home, update_slug="third")
    below = Page.objects.get(slug="below").specific
    below.create_alias(parent=home, update_slug="of-below")
    single = reverse(f"wagtailadmin_pages:{action}", args=[old.pk])
    url = bulk_url([old], action, "/admin/") if is_bulk else single
    html = admin_client.get(url).content.decode()
    assert "Nothing on this site shows it" not in html
    for path in ("/elsewhere/", "/third/", "/of-below/"):
        assert f"({path})" in html
    assert ("the pages below this page" in html) == (action == "unpublish")
    html = admin_client.post(url, follow=True).content.decode()
    assert not is_live(alias)
    if url == unpublish_url(old):
        assert "Also unpublished: “Old campaign” (/elsewhere/), “Old campaign” (/third/)." in html
