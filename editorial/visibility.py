from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef
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


def public_url(page: Page | None) -> str:
    """The address of a page; empty while readers may not see it, so that no link betrays it."""
    if page and for_readers(Page.objects.filter(pk=page.pk)).exists():
        return page.url or ""
    return ""
