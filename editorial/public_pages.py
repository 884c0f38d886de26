from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, QuerySet
from django.utils.translation import get_language
from wagtail.models import Page, PageViewRestriction
from wagtail.query import PageQuerySet

if TYPE_CHECKING:
    from typing import TypedDict

    from django_stubs_ext import WithAnnotations

    class _Language(TypedDict):
        language: str

    PageWithLanguage = WithAnnotations[Page, _Language]

Pages = TypeVar("Pages", bound=PageQuerySet)
_known: "ContextVar[dict[int, PageWithLanguage] | None]" = ContextVar("known_pages", default=None)


@contextmanager
def preloaded_pages(pages: "Iterable[PageWithLanguage]") -> Iterator[None]:
    """Meanwhile nobody asks for these public pages, each with its `language`, again."""
    token = _known.set({page.pk: page for page in pages})
    try:
        yield
    finally:
        _known.reset(token)


def known(numbers: Iterable[int]) -> "dict[int, PageWithLanguage] | None":
    """All that is known by primary key; None unless these pages are among it."""
    pages = _known.get()
    return pages if pages and all(number in pages for number in numbers) else None


def publicly_visible(pages: Pages) -> Pages:
    """The live pages among `pages` that no view restriction keeps from the public.

    The same pages as `.live().public()`, without asking for the restrictions first.
    """
    page_path = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    restrictions = PageViewRestriction.objects.annotate(path=page_path).filter(
        path__startswith=F("page__path")
    )
    return pages.live().filter(~Exists(restrictions))


def localized_pages(pages: Iterable[Page]) -> "dict[int, PageWithLanguage]":
    """By primary key, what readers get for each of `pages`, where anything is public.

    That is its translation into the language that is being read, or else the page itself.
    """
    keys = {page.pk: page.translation_key for page in pages}
    if found := known(keys):
        return choose_localized(keys, list(found.values()))
    public = publicly_visible(Page.objects.filter(translation_key__in=keys.values()))
    return choose_localized(keys, list(_with_language(public)))


def localized_by_pk(numbers: Iterable[int]) -> "dict[int, PageWithLanguage]":
    """The same for pages of which only the primary keys are known, and which are public."""
    wanted = list(numbers)
    if found := known(wanted):
        return choose_localized(
            {number: found[number].translation_key for number in wanted}, list(found.values())
        )
    keys = Page.objects.filter(pk__in=wanted).values("translation_key")
    public = list(_with_language(publicly_visible(Page.objects.filter(translation_key__in=keys))))
    return choose_localized({page.pk: page.translation_key for page in public}, public)


def localized_cards(pages: Iterable[Page]) -> list[Page]:
    """What readers get for `pages`, each with what a list shows of it: one query a kind of page."""
    read = localized_pages(pages)
    kinds = defaultdict(list)
    for page in read.values():
        kinds[page.specific_class].append(page.pk)
    found: dict[int, Page] = {}
    for kind, numbers in kinds.items():
        if hasattr(kind.objects, "for_cards"):
            found |= kind.objects.for_cards().in_bulk(numbers)
    return [found[page.pk] for page in read.values() if page.pk in found]


def public_url(page: Page | None) -> str:
    """The address of a page; empty while readers may not see it, so that no link betrays it."""
    shown = localized_pages([page]).get(page.pk) if page else None
    return (shown and shown.url) or ""


def _with_language(pages: PageQuerySet) -> "QuerySet[PageWithLanguage]":
    return pages.annotate(language=F("locale__language_code"))  # type: ignore[return-value]


def choose_localized(
    keys: dict[int, UUID], public: "Iterable[PageWithLanguage]"
) -> "dict[int, PageWithLanguage]":
    """Chooses among `public` pages, each with its `language`."""
    language = get_language()
    themselves = {page.pk: page for page in public}
    read = {page.translation_key: page for page in public if page.language == language}
    found = {pk: read.get(key) or themselves.get(pk) for pk, key in keys.items()}
    return {pk: page for pk, page in found.items() if page}
