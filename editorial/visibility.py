from collections.abc import Iterable
from uuid import UUID

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef
from django.utils.translation import get_language
from wagtail.models import Page, PageViewRestriction
from wagtail.query import PageQuerySet


def for_readers(pages: PageQuerySet) -> PageQuerySet:
    """The live pages among `pages` that no view restriction keeps from the public.

    The same pages as `.live().public()`, without asking for the restrictions first.
    """
    page_path = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    restrictions = PageViewRestriction.objects.annotate(path=page_path).filter(
        path__startswith=F("page__path")
    )
    return pages.live().filter(~Exists(restrictions))


def as_read(pages: Iterable[Page], *, specific: bool = False) -> dict[int, Page]:
    """By primary key, what readers get for each of `pages`, where anything is public.

    That is its translation into the language that is being read, or else the page itself.
    """
    keys = {page.pk: page.translation_key for page in pages}
    public = for_readers(Page.objects.filter(translation_key__in=keys.values()))
    found = list(_with_language(public.specific() if specific else public))
    return chosen_as_read(keys, found)


def as_read_by_number(numbers: Iterable[int]) -> dict[int, Page]:
    """The same for pages of which only the primary keys are known, and which are public."""
    keys = Page.objects.filter(pk__in=list(numbers)).values("translation_key")
    found = list(_with_language(for_readers(Page.objects.filter(translation_key__in=keys))))
    return chosen_as_read({page.pk: page.translation_key for page in found}, found)


def public_url(page: Page | None) -> str:
    """The address of a page; empty while readers may not see it, so that no link betrays it."""
    shown = as_read([page]).get(page.pk) if page else None
    return (shown and shown.url) or ""


def _with_language(pages: PageQuerySet) -> PageQuerySet:
    return pages.annotate(language=F("locale__language_code"))


def chosen_as_read(keys: dict[int, UUID], public: list[Page]) -> dict[int, Page]:
    """Chooses among `public` pages, each with its `language`."""
    language = get_language()
    themselves = {page.pk: page for page in public}
    read = {page.translation_key: page for page in public if page.language == language}
    found = {pk: read.get(key) or themselves.get(pk) for pk, key in keys.items()}
    return {pk: page for pk, page in found.items() if page}
