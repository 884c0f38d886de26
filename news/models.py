from collections.abc import Iterator

from django import forms
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField

from consent.models import Scope
from editorial.attribution import Speaker
from editorial.blocks.body import PLAIN_RICH_TEXT, BodyBlock, ContactBlock
from editorial.list_pages import ChoiceFilter, ListPage, YearFilter
from editorial.models import BasePage, Sample, shows_draft
from editorial.page_types import CmsList, ContentFiles, DraftSharing, SearchType
from editorial.picture_uses import picture_uses
from issues.filters import IssueFilter
from issues.models import IssuePage
from news.choices import NewsType
from site_settings.fields import StreamField


class NewsIndexPage(ListPage):
    """The list of all news, newest first, which readers can filter by type, year and issue."""

    introduction = RichTextField(
        _("introduction"),
        blank=True,
        features=PLAIN_RICH_TEXT,
        help_text=_("A sentence or two above the list, such as how soon reporters get a reply."),
    )

    content_panels = ListPage.content_panels
    search_fields = ListPage.search_fields
    content_files = ContentFiles("news.md", title=_("News"))
    parent_page_types = ["mission.HomePage"]
    subpage_types = ["news.NewsPage"]
    filters = [
        ChoiceFilter("kind", _("News by type"), _("All types")),
        YearFilter(_("News by year"), _("All years")),
        IssueFilter(_("News by issue"), _("All issues")),
    ]
    page_description = _("The list of press releases, statements and blog posts.")

    class Meta:
        verbose_name = _("news list")
        verbose_name_plural = _("news lists")


class NewsPage(Sample, BasePage):
    """One press release, statement or blog post. Its date is the day on which it first goes live.

    A scheduled page is under embargo: not public until its go-live time, which becomes its date.
    """

    kind = models.CharField(
        _("type"), max_length=20, choices=NewsType, default=NewsType.PRESS_RELEASE
    )
    speaker = models.CharField(
        _("who speaks"),
        max_length=20,
        choices=Speaker,
        default=Speaker.ORGANIZATION,
        help_text=_("The names of the organization and its action fund are in the site settings."),
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)
    press_contact = StreamField(
        [("contact", ContactBlock())],
        verbose_name=_("press contact"),
        blank=True,
        max_num=1,
        help_text=_("If left empty, the press email from the site settings is shown."),
    )
    issues = ParentalManyToManyField(
        IssuePage, verbose_name=_("issues"), blank=True, related_name="news"
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("kind"), FieldPanel("speaker")]),
        FieldPanel("body"),
        FieldPanel("press_contact"),
        FieldPanel("issues", widget=forms.CheckboxSelectMultiple),
        FieldPanel("is_sample"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]
    content_files = ContentFiles("news/", body="body", is_dated=True)
    parent_page_types = ["news.NewsIndexPage"]
    subpage_types: list[str] = []
    override_translatable_fields = [
        *BasePage.override_translatable_fields,
        SynchronizedField("issues", overridable=False),
    ]
    schema_type = "NewsArticle"
    allows_offline_copy = True
    search_type = SearchType("news", _("News"), order=30)
    cms_list = CmsList("news", icon="calendar-alt", order=130, columns=("kind",), filters=("kind",))
    publish_permission = "news.publish_news"
    guide_page = "press-release-under-embargo"
    draft_sharing = DraftSharing(
        _("Share with reporters under embargo"),
        _("Give it only to reporters who have agreed to the embargo."),
        for_press=True,
    )
    page_description = _("A press release, a statement or a blog post.")

    class Meta:
        verbose_name = _("news item")
        verbose_name_plural = _("news")
        permissions = [("publish_news", _("Can publish news"))]

    @property
    def picture_scopes(self) -> tuple[str, ...]:  # type: ignore[override]
        """Pictures in press releases also need consent for the press, which may copy them."""
        is_for_press = self.kind == NewsType.PRESS_RELEASE
        return (Scope.SITE, Scope.PRESS) if is_for_press else super().picture_scopes

    def draft_may_be_shared_by(self, user: AbstractUser | AnonymousUser) -> bool:
        """Users who may publish the page may share its draft with reporters until it is live."""
        return not self.live and self.permissions_for_user(user).can_publish()

    def publishing_errors(self) -> Iterator[tuple[str, str]]:
        yield from super().publishing_errors()
        if self.kind != NewsType.PRESS_RELEASE:
            return
        for use in picture_uses(self):
            if not use.picture.record.is_displayable(Scope.PRESS, on=self.goes_live_on):
                sentence = gettext(
                    "The press uses pictures from press releases, but the consent for "
                    "“%(picture)s” does not allow that. Choose another picture."
                )
                yield use.field, sentence % {"picture": use.picture.title}

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        return context | {"issues": IssuePage.objects.chosen_on(self, shows_draft(request))}
