from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageLogEntry
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField

from consent.models import Scope
from editorial.attribution import Speaker
from editorial.blocks.body import PLAIN_RICH_TEXT, BodyBlock, ContactBlock
from editorial.list_pages import ChoiceFilter, ListPage, YearFilter
from editorial.models import BasePage, Sample, shows_draft
from editorial.page_types import CmsList, ContentFiles, DraftSharing, SearchType
from editorial.picture_uses import picture_uses
from editorial.structured_data import faq_page, schema_object
from issues.filters import IssueFilter
from issues.models import IssuePage
from news.choices import NewsType
from site_settings.fields import StreamField
from site_settings.models import SiteSettings


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
    page_description = _("The list of press releases, statements, blog posts and reports about us.")

    class Meta:
        verbose_name = _("news list")
        verbose_name_plural = _("news lists")


class NewsPage(Sample, BasePage):
    """One press release, statement, blog post, or article that others published about us.

    Its date is `published_on`, or else the day on which it first goes live. A scheduled page is
    under embargo: not public until its go-live time.
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
    published_on = models.DateField(
        _("date"),
        null=True,
        blank=True,
        help_text=_(
            "Readers see this date, and lists are sorted by it, newest first. If left empty, it "
            "is the day on which the page first goes live."
        ),
    )
    byline = models.CharField(
        _("byline"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who wrote it, if readers should know, for example “Rosa Diaz”."),
    )
    outlet = models.CharField(
        _("outlet"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_("The newspaper or station, if the type is “In the media”."),
    )
    outlet_url = models.URLField(
        _("link to the outlet"),
        blank=True,
        default="",
        db_default="",
        help_text=_("The article or broadcast, if the type is “In the media”."),
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
        FieldRowPanel([FieldPanel("published_on"), FieldPanel("byline")]),
        FieldRowPanel([FieldPanel("outlet"), FieldPanel("outlet_url")]),
        FieldPanel("body"),
        FieldPanel("press_contact"),
        FieldPanel("issues", widget=forms.CheckboxSelectMultiple),
        FieldPanel("is_sample"),
    ]
    search_fields = [
        *BasePage.search_fields,
        *(index.SearchField(name) for name in ("byline", "outlet", "body")),
    ]
    content_files = ContentFiles("news/", body="body")
    parent_page_types = ["news.NewsIndexPage"]
    subpage_types: list[str] = []
    override_translatable_fields = [
        *BasePage.override_translatable_fields,
        *(SynchronizedField(name) for name in ("published_on", "byline", "outlet", "outlet_url")),
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
    page_description = _(
        "A press release, a statement, a blog post, or what others reported about us."
    )

    class Meta:
        verbose_name = _("news item")
        verbose_name_plural = _("news")
        permissions = [("publish_news", _("Can publish news"))]

    @property
    def picture_scopes(self) -> tuple[str, ...]:  # type: ignore[override]
        """Pictures in press releases also need consent for the press, which may copy them."""
        is_for_press = self.kind == NewsType.PRESS_RELEASE
        return (Scope.SITE, Scope.PRESS) if is_for_press else super().picture_scopes

    @property
    def is_in_the_media(self) -> bool:
        return self.kind == NewsType.IN_THE_MEDIA

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.live and not kwargs.get("update_fields"):
            self.first_published_at = self._publication_time()
        super().save(*args, **kwargs)

    def _publication_time(self) -> datetime | None:
        """The value to store in `first_published_at`, which lists, feeds and search use.

        A time on the day `published_on` if that is set, otherwise the time at which the page first
        went live.
        """
        first, zone = self.first_published_at, timezone.get_default_timezone()
        field = cast("models.DateField", self._meta.get_field("published_on"))
        day = field.to_python(self.published_on)
        if day:
            is_same_day = first and timezone.localdate(first, zone) == day
            return first if is_same_day else datetime.combine(day, time(12), zone)
        if NewsPage.objects.filter(pk=self.pk, published_on__isnull=False).exists():
            # The date was cleared, so the day on which the page first went live applies again.
            entries = PageLogEntry.objects.filter(page=self.pk, action="wagtail.publish")
            return (
                entries.order_by("timestamp").values_list("timestamp", flat=True).first() or first
            )
        return first

    @property
    def author_type(self) -> str:  # type: ignore[override]
        return "Person" if self.byline else super().author_type

    def author_name(self, site: SiteSettings) -> str:
        outlet = self.outlet if self.is_in_the_media else ""
        return self.byline or outlet or super().author_name(site)

    def structured_data(self, request: HttpRequest, picture: str) -> Iterator[dict]:
        if not self.is_in_the_media:
            yield from super().structured_data(request, picture)
            return
        if not self.is_sample:
            author = schema_object("Person", name=self.byline) if self.byline else None
            report = schema_object(
                "NewsArticle",
                url=self.outlet_url,
                author=author,
                publisher=schema_object("Organization", name=self.outlet),
            )
            yield schema_object(
                "WebPage",
                name=self.title,
                description=self.description,
                url=self.full_url,
                inLanguage=get_language(),
                datePublished=self.first_published_at and self.first_published_at.isoformat(),
                mentions=report,
            )
        yield from faq_page(self.body)

    def draft_may_be_shared_by(self, user: AbstractUser | AnonymousUser) -> bool:
        """Users who may publish the page may share its draft with reporters until it is live."""
        return not self.live and self.permissions_for_user(user).can_publish()

    def publishing_errors(self) -> Iterator[tuple[str, str]]:
        yield from super().publishing_errors()
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        if self.published_on and self.published_on > (self.goes_live_on or today):
            yield (
                "published_on",
                gettext(
                    "This date is later than the day on which the page goes live. To publish the "
                    "page later, set a schedule."
                ),
            )
        if self.is_in_the_media:
            if not self.outlet:
                yield "outlet", gettext("Name the newspaper or station that published it.")
            if not self.outlet_url:
                yield "outlet_url", gettext("Link to the article or broadcast.")
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
