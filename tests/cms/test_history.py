import re
from types import SimpleNamespace

from django.test import Client
from django.urls import reverse
from wagtail.models import Comment

from staff.models import User
from tests import factories
from tests.test_architecture import PAGE_TYPES

PING = re.compile(r'data-w-swap-src-value="([^"]+/editing-sessions/ping/[^"]+)"')


def test_revisions_of_each_page_type_can_be_compared(
    every_page: SimpleNamespace, admin_client: Client
) -> None:
    pages = {type(page): page for page in vars(every_page).values()}
    assert set(pages) == set(PAGE_TYPES)
    for page in pages.values():
        first = page.save_revision()
        page.summary = "Words that were not there before."
        second = page.save_revision()
        history = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk]))
        assert history.status_code == 200
        url = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first.pk, second.pk])
        response = admin_client.get(url)
        assert response.status_code == 200, type(page)
        assert "Words that were not there before." in response.content.decode()


def test_comments_are_shown_on_each_page_type(
    every_page: SimpleNamespace, admin_client: Client, admin_user: User
) -> None:
    for page in {type(page): page for page in vars(every_page).values()}.values():
        comment = Comment.objects.create(
            page=page, user=admin_user, text=f"About {page.pk}", contentpath="summary"
        )
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        html = admin_client.get(edit).content.decode()
        assert comment.text in html, type(page)
        assert 'data-contentpath="summary"' in html, type(page)


def test_concurrent_editors_of_each_page_type_are_shown(
    every_page: SimpleNamespace, admin_client: Client
) -> None:
    other = Client()
    other.force_login(factories.UserFactory(username="somebody-else", is_superuser=True))
    for page in {type(page): page for page in vars(every_page).values()}.values():
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        ping = PING.search(other.get(edit).content.decode())
        assert ping, type(page)
        other.post(ping[1], {"is_editing": "1"})
        ping = PING.search(admin_client.get(edit).content.decode())
        assert ping, type(page)
        assert "somebody-else" in admin_client.post(ping[1]).json()["html"], type(page)
