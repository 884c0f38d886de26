"""Public pages: visibility, localization and URLs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.utils.translation import get_language
from wagtail.models import Page, PageViewRestriction
from wagtail.query import PageQuerySet

from consent.registry import consent_models

if TYPE_CHECKING:
    from typing import TypedDict

    from django_stubs_ext import WithAnnotations

    class _Language(TypedDict):
        language: str

    PageWithLanguage = WithAnnotations[Page, _Language]

Pages = TypeVar("Pages", bound=PageQuerySet)
_preloaded: "ContextVar[dict[int, PageWithLanguage] | None]" = ContextVar("preloaded", default=None)


@contextmanager
def preloaded_pages(pages: "Iterable[PageWithLanguage]") -> Iterator[None]:
    """Context manager: the functions below use `pages` instead of queries.

    The pages must be public and annotated with `language`.
    """
    token = _preloaded.set({page.pk: page for page in pages})
    try:
        yield
    finally:
        _preloaded.reset(token)


def get_preloaded(pks: Iterable[int]) -> "dict[int, PageWithLanguage] | None":
    """All preloaded pages by pk; None unless the pages of all `pks` were preloaded."""
    pages = _preloaded.get()
    return pages if pages and all(pk in pages for pk in pks) else None


def publicly_visible(pages: Pages) -> Pages:
    """The pages among `pages` that are live, have no view restriction, and may be shown.

    An alias is left out if its original is not live. A page is left out once its consent has ended,
    even if the worker has not unpublished it yet.
    """
    pages = pages.live().filter(~Exists(view_restrictions())).exclude(alias_of__live=False)
    if pages.model in consent_models():
        return pages.filter(pages.model.displayable())
    return pages.filter(allowed_by_consent("pk", pages.model))


def view_restrictions() -> QuerySet[PageViewRestriction]:
    """A subquery: the view restrictions of a page and its ancestors.

    If the page or an ancestor is an alias, the restrictions of its original are included.
    """
    paths = {
        "page_path": ExpressionWrapper(OuterRef("path"), output_field=CharField()),
        "original_path": ExpressionWrapper(OuterRef("alias_of__path"), output_field=CharField()),
    }
    return PageViewRestriction.objects.annotate(**paths).filter(
        Q(page_path__startswith=F("page__path"))
        | Q(original_path__startswith=F("page__path"))
        | Q(page_path__startswith=F("page__aliases__path"))
    )


def allowed_by_consent(page: str, page_type: type[Page] = Page) -> Q:
    """A filter that excludes rows whose page may not be shown under its consent.

    `page` names the field with the page's pk. Each subquery has a condition on this pk for speed:
    without it, every query would read all pages that may not be shown.
    """
    allowed = Q()
    for model in consent_models():
        if issubclass(model, page_type):
            same = model._base_manager.filter(pk=OuterRef(page))
            allowed &= ~Q(Exists(same.exclude(model.displayable())))
    return allowed


def localized_pages(pages: Iterable[Page]) -> "dict[int, PageWithLanguage]":
    """Maps the pk of each page to its translation into the active language, or else to the page.

    If neither is public, the pk is left out.
    """
    keys = {page.pk: page.translation_key for page in pages}
    if found := get_preloaded(keys):
        return choose_localized(keys, list(found.values()))
    public = publicly_visible(Page.objects.filter(translation_key__in=keys.values()))
    return choose_localized(keys, list(_with_language(public)))


def localized_by_pk(pks: Iterable[int]) -> "dict[int, PageWithLanguage]":
    """Like `localized_pages`, but takes primary keys.

    Leaves out a page that is not public, even if its translation is public.
    """
    wanted = list(pks)
    if found := get_preloaded(wanted):
        return choose_localized(
            {pk: found[pk].translation_key for pk in wanted}, list(found.values())
        )
    keys = Page.objects.filter(pk__in=wanted).values("translation_key")
    public = list(_with_language(publicly_visible(Page.objects.filter(translation_key__in=keys))))
    return choose_localized({page.pk: page.translation_key for page in public}, public)


def localized_cards(pages: Iterable[Page]) -> list[Page]:
    """Localized `pages` with the fields that cards show; one query per page type."""
    localized = localized_pages(pages)
    pks_by_type = defaultdict(list)
    for page in localized.values():
        pks_by_type[page.specific_class].append(page.pk)
    found: dict[int, Page] = {}
    for page_type, pks in pks_by_type.items():
        if hasattr(page_type.objects, "for_cards"):
            found |= page_type.objects.for_cards().in_bulk(pks)
    return [found[page.pk] for page in localized.values() if page.pk in found]


def public_url(page: Page | None) -> str:
    """URL of the localized page; empty unless it is public, so that no link reveals it."""
    shown = localized_pages([page]).get(page.pk) if page else None
    return (shown and shown.url) or ""


def _with_language(pages: PageQuerySet) -> "QuerySet[PageWithLanguage]":
    return pages.annotate(language=F("locale__language_code"))  # type: ignore[return-value]


def choose_localized(
    keys: dict[int, UUID], public: "Iterable[PageWithLanguage]"
) -> "dict[int, PageWithLanguage]":
    """Chooses the page to show for each pk. `keys` are translation keys by pk.

    `public` holds the candidates, each annotated with `language`.
    """
    language = get_language()
    by_pk = {page.pk: page for page in public}
    localized = {page.translation_key: page for page in public if page.language == language}
    found = {pk: localized.get(key) or by_pk.get(pk) for pk, key in keys.items()}
    return {pk: page for pk, page in found.items() if page}
