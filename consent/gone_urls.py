"""Addresses that are gone for good, kept as marks that nobody can read."""

from collections.abc import Iterable
from copy import copy

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.encoding import uri_to_iri
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Revision

from consent.models import GoneUrl


def marks(path: str) -> list[str]:
    """The marks of a path, of which the first is written down; the others are of former keys."""
    plain = uri_to_iri(path).strip("/")
    return [
        salted_hmac("consent.gone_urls", plain, secret=key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def is_gone(path: str) -> bool:
    return GoneUrl.objects.filter(mark__in=marks(path)).exists()


def remember(found: Iterable[str]) -> None:
    GoneUrl.objects.bulk_create((GoneUrl(mark=mark) for mark in found), ignore_conflicts=True)


def of_pages(pages: Iterable[Page]) -> tuple[set[str], set[str]]:
    """Every path and every full address at which a version of these pages was or may have been."""
    paths, urls = set(), set()
    for page in pages:
        versions = Revision.page_revisions.filter(object_id=str(page.pk))
        url_paths = versions.values_list("content__url_path", flat=True)
        for url_path in {page.url_path, *filter(None, url_paths)}:
            there = copy(page)
            there.url_path = url_path
            if parts := there.get_url_parts():
                _site, root, path = parts
                paths.add(path)
                urls.add(f"{root}{path}")
        paths |= set(Redirect.objects.filter(redirect_page=page).values_list("old_path", flat=True))
    return paths, urls
