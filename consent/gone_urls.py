"""URLs of pages and files, and those that return 410, which are stored only as keyed hashes."""

import re
from collections.abc import Iterable
from copy import copy
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.encoding import uri_to_iri
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.models import Page, Revision

from consent.models import GoneUrl


def path_hashes(path: str) -> list[str]:
    """Keyed hashes of a path. Store the first; the others use SECRET_KEY_FALLBACKS."""
    plain = uri_to_iri(path).strip("/")
    return [
        salted_hmac("consent.gone_urls", plain, secret=key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def is_gone(path: str) -> bool:
    return GoneUrl.objects.filter(mark__in=path_hashes(path)).exists()


def store_hashes(found: Iterable[str]) -> None:
    GoneUrl.objects.bulk_create((GoneUrl(mark=mark) for mark in found), ignore_conflicts=True)


def links_to(paths: Iterable[str]) -> re.Pattern | None:
    """A regular expression for URLs of these paths and of the paths below them.

    It matches absolute and relative URLs, with or without query and fragment. Decode
    percent-encoding before searching. None if the only path is that of the home page.
    """
    plain = {re.escape(uri_to_iri(path).strip("/")) for path in paths} - {""}
    if not plain:
        return None
    # The host of a URL may be written without a protocol.
    before = r"""(?:^|[\s"'“”‘’(<>=]|//[^/\s"'<>]+|\b[\w-]+(?:\.[\w-]+)+(?::\d+)?)"""
    return re.compile(rf"{before}/(?:{'|'.join(sorted(plain))})(?![\w-])", re.IGNORECASE)


def redirects_to(paths: Iterable[str]) -> list[Redirect]:
    """Redirects whose old or new URL, stored as text, is one of these paths or below one."""
    pattern = links_to(paths)
    return [
        redirect
        for redirect in (Redirect.objects.all() if pattern else ())
        if pattern
        and any(map(pattern.search, (redirect.old_path, unquote(redirect.redirect_link))))
    ]


def of_file(file: models.Model) -> set[str]:
    """Paths below which a picture or document is served."""
    if isinstance(file, AbstractDocument):
        # A document is served with any name, and may have had another one.
        return {reverse("wagtaildocs_serve", args=[file.pk, "-"]).removesuffix("-")}
    if isinstance(file, AbstractImage):
        return {urlsplit(one.url).path for one in file.renditions.all()}  # type: ignore[attr-defined]
    return set()


def of_pages(pages: Iterable[Page]) -> tuple[set[str], set[str]]:
    """All paths and absolute URLs that these pages have, or may have had in any revision."""
    paths, urls = set(), set()
    for page in pages:
        versions = Revision.page_revisions.filter(object_id=str(page.pk))
        url_paths = versions.values_list("content__url_path", flat=True)
        for url_path in {page.url_path, *filter(None, url_paths)}:
            moved = copy(page)
            moved.url_path = url_path
            if parts := moved.get_url_parts():
                _site, root, path = parts
                paths.add(path)
                urls.add(f"{root}{path}")
        paths |= set(Redirect.objects.filter(redirect_page=page).values_list("old_path", flat=True))
    paths |= {redirect.old_path for redirect in redirects_to(paths)}
    return paths, urls
