"""Finds redirects in the database."""

from collections.abc import Collection, Iterable

from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Upper
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from consent.old_urls import EVERYTHING_BELOW, OldUrl


def find_redirects(old_paths: Collection[str], site: Site | None = None) -> list[Redirect]:
    """The redirects with one of these old paths, the most specific first.

    Ignores upper and lower case. Without a site, finds the redirects of all sites.
    """
    if not old_paths:
        return []
    found: QuerySet[Redirect] = Redirect.objects.alias(folded=_folded(F("old_path"))).filter(
        folded__in=[_folded(Value(path)) for path in old_paths]
    )
    if site:
        found = found.filter(Q(site=site) | Q(site=None))

    return sort_by_specificity(found, old_paths)


def sort_by_specificity(
    redirects: Iterable[Redirect], old_paths: Collection[str]
) -> list[Redirect]:
    """Sort redirects that match one of these old paths. The first redirect is the one to use."""

    def specificity(redirect: Redirect) -> tuple:
        path = redirect.old_path
        is_wildcard = path.endswith(EVERYTHING_BELOW)
        has_same_case = path in old_paths
        return "?" in path, not is_wildcard, len(path), has_same_case, redirect.site_id is not None

    return sorted(redirects, key=specificity, reverse=True)


def find_same(url: OldUrl) -> list[Redirect]:
    """The redirects from this URL. The letter case of a query may matter, as in “/?v=aB”."""
    found = find_redirects([str(url)])
    return [redirect for redirect in found if OldUrl.parse(redirect.old_path).query == url.query]


def _folded(expression: F | Value) -> Upper:
    """The expression of the index in `editorial/migrations/0003_redirect_index.py`.

    Normalizes, because old paths that Wagtail stores when a page moves may have decomposed accents.
    """
    return Upper(Func(expression, function="NORMALIZE"))
