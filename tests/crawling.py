"""Crawls the public site as a reader and the CMS as an administrator."""

import re
from collections.abc import Iterator

from django.test import Client
from django.urls import Resolver404, resolve
from wagtail.models import Page
from wagtail.users.models import UserProfile

from staff.models import User

LINK = re.compile(r'href="(/admin/[^"#?]*)["#?]')
EACH = {"guide_page"}  # views for which the crawler opens every URL instead of only one
SKIPPED = {"wagtailadmin_pages:view_draft"}  # this view leads to a public page


def cms(user: User, language: str) -> Iterator[tuple[str, str]]:
    """Path and HTML of CMS screens to which links lead, one for each view and page type."""
    UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": language})
    client = Client()
    client.force_login(user)
    waiting, known, seen = ["/admin/"], {"/admin/"}, set()
    for path in waiting:
        screen = _screen(path)
        if screen is None or screen in seen:
            continue
        seen.add(screen)
        response = client.get(path)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        html = response.content.decode()
        yield path, html
        waiting += [link for link in dict.fromkeys(LINK.findall(html)) if link not in known]
        known.update(waiting)


def _screen(path: str) -> tuple | None:
    """Identifies a screen by its view and by the types of the pages in its URL."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    if match.view_name in SKIPPED:
        return None
    if match.view_name in EACH:
        return match.view_name, path
    pks = [value for value in (*match.args, *match.kwargs.values()) if isinstance(value, int)]
    types = Page.objects.filter(pk__in=pks).values_list("content_type", flat=True)
    return match.view_name, *types


def public_pages(client: Client) -> Iterator[tuple[str, str]]:
    """Path and HTML of each live page, in every language."""
    for page in Page.objects.live().filter(depth__gt=1):
        response = client.get(page.url)
        assert response.status_code == 200, page.url
        yield page.url, response.content.decode()
