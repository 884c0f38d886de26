"""Hashes of the visible text of each page, to verify that a restored site is complete."""

import hashlib
import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import RequestFactory
from django.utils import translation
from wagtail.models import Page

from consent.character_references import unescape

if TYPE_CHECKING:
    from django.http import HttpResponse

logger = logging.getLogger(__name__)

MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
TAGS = re.compile(r"<[^>]*>")


def hashes() -> dict[str, str]:
    """The hash of every live page, rendered without caches. The keys are URL paths."""
    return dict(_hashes())


def _hashes() -> Iterator[tuple[str, str]]:
    for page in Page.objects.live().order_by("pk").iterator(chunk_size=50):
        if (parts := page.get_url_parts()) and (url := page.full_url):
            with translation.override(page.locale.language_code):
                yield url.removeprefix(parts[1]), _hash_or_error(page, parts[2])


def _hash_or_error(page: Page, path: str) -> str:
    """The hash, or why there is none: one broken page must not prevent a backup or a restore."""
    try:
        with transaction.atomic():
            return _hash(page.specific, path)
    except Exception as error:
        logger.exception("A page could not be rendered for the backup.")
        return f"not rendered: {type(error).__name__}"


def _hash(page: Page, path: str) -> str:
    site = page.get_site()
    request = RequestFactory(SERVER_NAME=site.hostname, SERVER_PORT=str(site.port)).get(path)
    request.user = AnonymousUser()
    response: HttpResponse = page.serve(request)
    if hasattr(response, "render"):
        response.render()
    text = response.content.decode()
    main = MAIN.search(text)
    visible = unescape(TAGS.sub(" ", main[0] if main else text))
    return hashlib.sha256(" ".join(visible.split()).encode()).hexdigest()
