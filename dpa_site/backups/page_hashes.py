"""What readers read on each page, as one hash: a restored site is whole when all are the same."""

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
    """By address, for each page that is live, rendered anew and past all caches."""
    return dict(_each())


def _each() -> Iterator[tuple[str, str]]:
    for page in Page.objects.live().order_by("pk").specific().iterator(chunk_size=50):
        if (parts := page.get_url_parts()) and (address := page.full_url):
            with translation.override(page.locale.language_code):
                yield address.removeprefix(parts[1]), _hash(page, parts[2])


def _hash(page: Page, path: str) -> str:
    site = page.get_site()
    request = RequestFactory(SERVER_NAME=site.hostname, SERVER_PORT=str(site.port)).get(path)
    request.user = AnonymousUser()
    response: HttpResponse = page.serve(request)
    if hasattr(response, "render"):
        response.render()
    text = response.content.decode()
    main = MAIN.search(text)
    words = html.unescape(TAGS.sub(" ", main[0] if main else text))
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()
