"""The CMS answers in words if something is refused, or was deleted by a colleague."""

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.models import Collection, Comment, CommentReply

from mission.models import HomePage
from tests import every_page, factories
from tests.test_roles import ROLES, client_for

NONE = 999999


def test_collection_in_use_says_what_is_in_it(home: HomePage, admin_client: Client) -> None:
    collection = Collection.get_first_root_node().add_child(name="Used")
    get_document_model().objects.create(title="A file", file="x.pdf", collection=collection)
    url = reverse("wagtailadmin_collections:delete", args=[collection.pk])
    response = admin_client.post(url, follow=True)
    assert response.redirect_chain == [(url, 302)]
    html = response.content.decode()
    assert "This was refused, and nothing was changed." in html
    assert "1 document" in html
    assert admin_client.post(url, headers={"Sec-Fetch-Dest": "empty"}).status_code == 403
    assert Collection.objects.filter(name="Used").exists()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "url",
    [
        reverse("wagtailadmin_pages:edit", args=[NONE]),
        reverse("wagtailadmin_pages:unpublish", args=[NONE]),
        reverse("wagtailadmin_pages:add", args=["mission", "standardpage", NONE]),
        reverse("wagtailadmin_pages:workflow_action", args=[NONE, "approve", NONE]),
        reverse("draft_links", args=[NONE]),
        reverse("wagtailredirects:edit", args=[NONE]),
        reverse("wagtailimages:edit", args=[NONE]),
        reverse("wagtaildocs:edit", args=[NONE]),
        *(
            reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
            + f"?id=all&childOf={parent}"
            for action in ("publish", "delete")
            for parent in (NONE, "x")
        ),
    ],
)
def test_deleted_object_is_said_to_be_deleted(
    home: HomePage, admin_client: Client, url: str, method: str
) -> None:
    response = getattr(admin_client, method)(url)
    assert response.status_code == 404
    html = response.content.decode()
    assert "somebody has since deleted, withdrawn or replaced it" in html
    assert "Go to the dashboard" in html


def test_form_with_deleted_comments_is_saved(
    home: HomePage, admin_client: Client, admin_user: AbstractUser
) -> None:
    page = factories.StandardPageFactory(parent=home)
    author = factories.UserFactory()
    deleted, kept = (
        Comment.objects.create(page=page, user=author, text="Why?", contentpath="title")
        for _count in range(2)
    )
    reply = CommentReply.objects.create(comment=kept, user=author, text="So.")
    rows = {}
    for index, comment in enumerate((deleted, kept)):
        row = f"comments-{index}"
        replies = f"{row}-replies"
        is_kept = comment is kept
        rows |= {f"{row}-id": comment.pk, f"{row}-text": "Why?", f"{row}-contentpath": "title"}
        rows |= {f"{replies}-TOTAL_FORMS": int(is_kept), f"{replies}-INITIAL_FORMS": int(is_kept)}
    rows |= {"comments-1-replies-0-id": reply.pk, "comments-1-replies-0-text": "So."}
    data = {"title": "Typed", "slug": page.slug, "body-count": 0, "corrections-count": 0}
    data |= {"comments-TOTAL_FORMS": 2, "comments-INITIAL_FORMS": 2} | rows
    deleted.delete()
    reply.delete()
    response = admin_client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    assert response.status_code == 302
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().title == "Typed"
    assert list(Comment.objects.all()) == [kept]


@pytest.mark.parametrize("parent", [str(NONE), "", "x"])
def test_copy_to_deleted_parent_page_is_refused(
    home: HomePage, admin_client: Client, parent: str
) -> None:
    page = factories.StandardPageFactory(parent=home)
    url = reverse("wagtailadmin_pages:copy", args=[page.pk])
    data = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": parent}
    response = admin_client.post(url, data, follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert "The new parent page was deleted. Choose another one." in response.content.decode()


REFUSED = "you do not have permission to access this area"


def test_page_that_user_may_see_but_not_edit_opens_its_list(home: HomePage) -> None:
    every_page.make_story_index(home)
    factories.StoryIndexPageFactory(parent=home, slug="more-stories")
    unseen = every_page.make_issue_index(home)
    client = client_for("Story stewards")
    url = reverse("wagtailadmin_pages:edit", args=[home.pk])
    assert client.get(url, headers={"Sec-Fetch-Dest": "empty"}).status_code == 403
    response = client.get(url, follow=True)
    assert response.redirect_chain == [(reverse("wagtailadmin_explore", args=[home.pk]), 302)]
    html = response.content.decode()
    assert f"You may not edit “{home.title}”, but you can see the pages below it." in html
    assert REFUSED not in html
    response = client.get(reverse("wagtailadmin_pages:edit", args=[unseen.pk]), follow=True)
    assert response.redirect_chain == [(reverse("wagtailadmin_home"), 302)]
    assert REFUSED in response.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_list_of_pages_refuses_users_who_may_edit_none(home: HomePage, role: str) -> None:
    factories.StoryPageFactory(parent=every_page.make_story_index(home))
    factories.NewsPageFactory(parent=every_page.make_news_index(home))
    client = client_for(role)
    for name in ("all-stories:index", "all-news:index", "all-issues:index"):  # there is no issue
        is_refused = role == "Story stewards" and name == "all-news:index"
        response = client.get(reverse(name), follow=True)
        assert (REFUSED in response.content.decode()) is is_refused, name
        assert bool(response.redirect_chain) is is_refused, name
