from functools import cached_property
from typing import Self

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.search import index

from editorial.blocks.body import (
    LISTS_RICH_TEXT,
    PLAIN_RICH_TEXT,
    ActionBlock,
    BodyBlock,
    ClaimBlock,
)
from editorial.feeds import FeedMixin
from editorial.models import BasePage, LeadPicture
from editorial.page_types import PAGES, CmsList, ContentFiles, SearchType
from editorial.public_pages import publicly_visible
from editorial.querysets import PublicQuerySet
from site_settings.fields import StreamField

MAX_RELATED = 3  # stories on an issue page, and as many news items


class IssueQuerySet(PublicQuerySet):
    def for_listing(self) -> Self:
        """Public issues in the order of the page tree, with the fields that a listing shows."""
        return self.for_cards().order_by("path")

    def by_name(self) -> Self:
        """Public issues in tree order, with only the fields that links need."""
        return publicly_visible(self).order_by("path").defer_streamfields()

    def chosen_on(self, page: Page, in_draft: bool) -> Self:
        """Public issues related to a story or news page, in the language of that page."""
        relation = type(page).issues  # type: ignore[attr-defined]
        keys = IssuePage.objects.filter(**{relation.field.related_query_name(): page.pk})
        # In a preview the relation holds unsaved choices, which the database cannot filter.
        named = page.issues  # type: ignore[attr-defined]
        chosen = [one.translation_key for one in named.all()] if in_draft else None
        return self.filter(
            translation_key__in=keys.values("translation_key") if chosen is None else chosen,
            locale=page.locale_id,
        ).by_name()


class IssueIndexPage(FeedMixin, BasePage):
    """The list of all issue areas, which are its children. A home page has only one list."""

    introduction = RichTextField(
        _("introduction"),
        blank=True,
        features=PLAIN_RICH_TEXT,
        help_text=_("A sentence or two above the list."),
    )

    content_panels = [*Page.content_panels, FieldPanel("introduction"), FieldPanel("summary")]
    search_fields = [*BasePage.search_fields, index.SearchField("introduction")]
    content_files = ContentFiles("issues.md", title=_("Issues"))
    parent_page_types = ["mission.HomePage"]
    subpage_types = ["issues.IssuePage"]
    max_count_per_parent = 1
    # Editors must see the tree order, which is the order on the home page.
    admin_default_ordering = "ord"
    search_type = PAGES
    cms_list = None
    publish_permission = ""
    guide_page = ""
    page_description = _("The list of issue areas.")

    class Meta:
        verbose_name = _("issue list")
        verbose_name_plural = _("issue lists")

    def listed_pages(self) -> IssueQuerySet:
        return IssuePage.objects.child_of(self).for_listing()

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        return context | {"issues": list(self.listed_pages())}


class IssuePage(LeadPicture, BasePage):
    """One issue area: why it matters, what we do about it and what the reader can do."""

    claims = StreamField(
        [("claim", ClaimBlock())],
        verbose_name=_("why it matters"),
        blank=True,
        help_text=_("Facts a reader can check, each with its source."),
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)
    what_we_do = RichTextField(
        _("what we are doing"),
        blank=True,
        features=["h3", *LISTS_RICH_TEXT],
        help_text=_("Our own work on this issue."),
    )
    call_to_action = StreamField(
        [("action", ActionBlock())],
        verbose_name=_("call to action"),
        blank=True,
        max_num=1,
        help_text=_("The one thing a reader can do now."),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        *LeadPicture.lead_panels,
        FieldPanel("claims"),
        FieldPanel("body"),
        FieldPanel("what_we_do"),
        FieldPanel("call_to_action"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("claims"),
        index.SearchField("body"),
        index.SearchField("what_we_do"),
    ]
    content_files = ContentFiles("issues/", body="body")
    parent_page_types = ["issues.IssueIndexPage"]
    subpage_types: list[str] = []
    schema_type = "Article"
    allows_offline_copy = True
    search_type = SearchType("issue", _("Issues"), order=10)
    cms_list = CmsList("issues", icon="list-ul", order=110, is_ordered=True)
    publish_permission = ""
    guide_page = "correct-a-figure"
    page_description = _("One issue area, shown on the home page in the order of the page tree.")

    objects = PageManager.from_queryset(IssueQuerySet)()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")

    @cached_property
    def neighbors(self) -> dict:
        """The issue's `number` among the `total` of public issues, with `previous` and `next`."""
        issues = list(IssuePage.objects.sibling_of(self).by_name())
        position = next((i for i, issue in enumerate(issues) if issue.pk == self.pk), None)
        if position is None:  # a draft is not among the public issues
            return {"number": None, "total": len(issues), "previous": None, "next": None}
        return {
            "number": position + 1,
            "total": len(issues),
            "previous": issues[position - 1] if position else None,
            "next": issues[position + 1] if position + 1 < len(issues) else None,
        }

    def related_pages(self, relation: str) -> QuerySet:
        """Public pages in the language of this page that are about this issue, newest first.

        A page may name any translation of the issue. `relation` is "stories" or "news".
        """
        pages = getattr(self, relation).model.objects.filter(
            locale=self.locale_id, issues__translation_key=self.translation_key
        )
        return pages.distinct().for_listing()

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        # No page can link to a page that has never been saved.
        related = {
            relation: list(self.related_pages(relation)[:MAX_RELATED]) if self.pk else []
            for relation in ("stories", "news")
        }
        return context | related
