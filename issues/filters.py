"""The filter of list pages by issue."""

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.http import Http404

from editorial.filters import MAX_COUNT
from editorial.list_pages import ListFilter, ListPage, Selection
from editorial.public_pages import publicly_visible
from issues.models import IssuePage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class IssueFilter(ListFilter):
    """A filter by the field `issues`, which may link an issue in any language."""

    def __init__(self, label: "StrOrPromise", all_title: "StrOrPromise") -> None:
        super().__init__("issue", label, all_title)

    def parse(self, text: str, page: ListPage) -> IssuePage:
        named = IssuePage.objects.filter(slug=text, locale=page.locale_id)
        issue = publicly_visible(named).first()
        if issue is None:
            raise Http404
        return issue

    def condition(self, value: IssuePage, page: ListPage) -> Q:
        field: Any = page.listed_type._meta.get_field("issues")  # type: ignore[misc]
        links = field.remote_field.through.objects.filter(
            issuepage__translation_key=value.translation_key
        )
        return Q(pk__in=links.values(field.m2m_field_name()))

    def choices(self, selection: Selection) -> list[tuple[str, str, int]]:
        """The public issues, each with the number of pages about it.

        Counting stops at MAX_COUNT + 1.
        """
        page = selection.page
        pages = selection.apply(page.listed_pages(), without=[self])
        linked = pages.filter(issues__translation_key=OuterRef("translation_key"))
        some = linked.order_by().values("pk")[: MAX_COUNT + 1]
        issues = IssuePage.objects.filter(locale=page.locale_id).by_name()
        # A set, because a page may link an issue in two languages.
        return [
            (issue.slug, issue.title, len(set(issue.linked)))
            for issue in issues.annotate(linked=ArraySubquery(some))
        ]

    def heading(self, value: IssuePage) -> str:
        return value.title
