"""Hashes of the visible text of each page, to verify that a restored site is complete."""

import hashlib
import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import translation
from wagtail.models import Page

if TYPE_CHECKING:
    from django.http import HttpResponse

MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
TAGS = re.compile(r"<[^>]*>")


def hashes() -> dict[str, str]:
    """The hash by URL path of every live page, rendered without caches."""
    return dict(_hashes())


def _hashes() -> Iterator[tuple[str, str]]:
    for page in Page.objects.live().order_by("pk").specific().iterator(chunk_size=50):
        if (parts := page.get_url_parts()) and (url := page.full_url):
            with translation.override(page.locale.language_code):
                yield url.removeprefix(parts[1]), _hash(page, parts[2])


def _hash(page: Page, path: str) -> str:
    site = page.get_site()
    request = RequestFactory(SERVER_NAME=site.hostname, SERVER_PORT=str(site.port)).get(path)
    request.user = AnonymousUser()
    response: HttpResponse = page.serve(request)
    if hasattr(response, "render"):
        response.render()
    text = response.content.decode()
    main = MAIN.search(text)
    visible = html.unescape(TAGS.sub(" ", main[0] if main else text))
    return hashlib.sha256(" ".join(visible.split()).encode()).hexdigest()
