"""Finds URLs of pages and files. URLs that return 410 are stored only as keyed hashes."""

import re
from collections.abc import Iterable, Sequence
from copy import copy
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.crypto import salted_hmac
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.models import Page, Revision

from consent.models import GoneUrl
from consent.old_urls import EVERYTHING_BELOW, OldUrl, fold


def path_hashes(path: str) -> list[str]:
    """Keyed hashes of a path: first the hash to store, then those with SECRET_KEY_FALLBACKS."""
    plain = fold(str(OldUrl.parse(path))).strip("/")
    return [
        salted_hmac("consent.gone_urls", plain, secret=key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def is_gone(path: str) -> bool:
    return GoneUrl.objects.filter(mark__in=path_hashes(path)).exists()


def store_hashes(found: Iterable[str]) -> None:
    GoneUrl.objects.bulk_create((GoneUrl(mark=mark) for mark in found), ignore_conflicts=True)


def links_to(paths: Iterable[str], exact: Iterable[str] = ()) -> re.Pattern | None:
    """A regular expression for URLs of `paths`, of the paths below them, and of `exact` paths.

    It matches absolute and relative URLs, with or without query and fragment. Use `decode` before
    searching. Returns None if there is no path, or only the path of the home page.
    """
    exact = set(exact)
    wildcards = {path for path in exact if path.endswith(EVERYTHING_BELOW)}
    below, alone = (
        "|".join(sorted({re.escape(decode(path).strip("/")) for path in some} - {""}))
        for some in (
            [*paths, *(path.removesuffix(EVERYTHING_BELOW) for path in wildcards)],
            exact - wildcards,
        )
    )
    forms = [rf"(?:{below})(?![\w-])"] if below else []
    forms += [rf"(?:{alone})/?(?![\w/-])"] if alone else []
    if not forms:
        return None
    # The host of a URL may be written without a protocol.
    before = r"""(?:^|[\s"'“”‘’(<>=]|//[^/\s"'<>]+|\b[\w-]+(?:\.[\w-]+)+(?::\d+)?)"""
    return re.compile(rf"{before}/(?:{'|'.join(forms)})", re.IGNORECASE)


def decode(text: str) -> str:
    """Decode percent-encoding. A URL in the query of another URL may be encoded several times."""
    while (decoded := unquote(text)) != text:
        text = decoded
    return text


def database_regex(paths: Iterable[str]) -> str:
    """A PostgreSQL regular expression for texts that may contain a URL of one of these paths.

    Only ASCII letters, digits and hyphens are always written in the same way. Other characters may
    be escaped by JSON, by percent-encoding, or by both. So the pattern accepts any text without
    spaces instead of such a character.
    """
    plain = {decode(path).strip("/").removesuffix("/*") for path in paths} - {""}
    return "|".join(sorted({re.sub(r"[^a-z0-9-]+", r"\\S+", path, flags=re.I) for path in plain}))


def redirects_to(items: Sequence[models.Model]) -> list[Redirect]:
    """Redirects to or from URLs of these pages and files, and redirects to such a redirect.

    A redirect leads to another redirect only if the second redirect applies to its URL. A URL below
    an old path, such as /walk/join below /walk, may belong to somebody else.
    """
    pattern = links_to(of_items(items))
    pks = {item.pk for item in items if isinstance(item, Page)}
    redirects = list(Redirect.objects.all())
    by_path = {fold(redirect.old_path): redirect for redirect in redirects}
    found = [
        redirect
        for redirect in redirects
        if redirect.redirect_page_id in pks
        or (pattern and pattern.search(redirect.old_path))
        or (pattern and pattern.search(decode(redirect.redirect_link)))
    ]
    while True:
        leading = [one for one in redirects if one not in found and _next(one, by_path) in found]
        if not leading:
            return found
        found += leading


def _next(redirect: Redirect, by_path: dict[str, Redirect]) -> Redirect | None:
    """The redirect at the URL that `redirect` leads to."""
    if not redirect.redirect_link:
        return None
    candidates = OldUrl.parse(redirect.redirect_link).candidates()
    return next(filter(None, (by_path.get(fold(path)) for path in candidates)), None)


def of_items(items: Sequence[models.Model]) -> set[str]:
    """All paths that these pages have or had, and the paths below which these files are served."""
    pages = [item for item in items if isinstance(item, Page)]
    return of_pages(pages)[0].union(*map(of_file, items))


def of_file(file: models.Model) -> set[str]:
    """Paths below which a picture or document is served."""
    if isinstance(file, AbstractDocument):
        # A document is served under any file name, and may have had another name.
        return {reverse("wagtaildocs_serve", args=[file.pk, "-"]).removesuffix("-")}
    if isinstance(file, AbstractImage):
        return {urlsplit(one.url).path for one in file.renditions.all()}  # type: ignore[attr-defined]
    return set()


def of_pages(pages: Iterable[Page]) -> tuple[set[str], set[str]]:
    """Paths and absolute URLs that these pages have, or may have had in any revision."""
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
    return paths, urls
