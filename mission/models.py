from collections.abc import Iterator

from django.conf import settings
from django.db import models
from django.http import Http404, HttpRequest
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index
from wagtail.url_routing import RouteResult
from wagtail_localize.fields import BaseTranslatableField

from editorial.blocks.body import PLAIN_RICH_TEXT, BodyBlock
from editorial.models import BasePage, LeadPicture
from editorial.page_types import PAGES, ContentFiles
from editorial.structured_data import schema_object
from mission.blocks import CallBlock, HomeBlock, SourceBlock, UrgentStepBlock
from pictures.fields import picture_field
from pictures.models import Picture
from site_settings.fields import StreamField
from site_settings.models import SiteSettings


class HomePage(BasePage):
    """The home page: hero, mission, then sections on issues, stories and actions."""

    hero_statement = models.CharField(
        _("statement"), max_length=120, blank=True, help_text=_("The first words on the site.")
    )
    hero_picture = picture_field(
        _("picture"), _("A portrait works best: upright, close up and looking at the camera.")
    )
    hero_caption = models.CharField(
        _("caption"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for all readers. Do not repeat the alt text."),
    )
    mission = RichTextField(
        _("mission"),
        blank=True,
        features=["bold", "ul", "link", "source"],
        help_text=_("Who we are and what we want, in a few short paragraphs."),
    )
    join_text = models.CharField(
        _("button"), max_length=40, blank=True, help_text=_("For example “Join us”.")
    )
    join_page = models.ForeignKey(
        Page,
        verbose_name=_("leads to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    scroll_cue = models.CharField(
        _("text in the badge"),
        max_length=40,
        blank=True,
        help_text=_(
            "The text in the round badge that links to the sections below, for example “Scroll to "
            "learn more”."
        ),
    )
    sections = StreamField(HomeBlock(), verbose_name=_("sections"), blank=True)

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel("hero_statement"), FieldPanel("hero_picture"), FieldPanel("hero_caption")],
            heading=_("Hero"),
        ),
        FieldPanel("mission"),
        FieldRowPanel(
            [FieldPanel("join_text"), PageChooserPanel("join_page")], heading=_("Call to join")
        ),
        FieldPanel("scroll_cue"),
        FieldPanel("sections"),
        FieldPanel("summary"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("hero_statement"),
        index.SearchField("mission"),
        index.SearchField("sections"),
    ]
    # The home page's own `quick_exit` is excluded, because `quick_exit` in home.md sets the field
    # of the same name in the site settings.
    content_files = ContentFiles("home.md", body="sections", excluded=frozenset({"quick_exit"}))
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "issues.IssueIndexPage",
        "stories.StoryIndexPage",
        "news.NewsIndexPage",
        "mission.StandardPage",
        "mission.UrgentHelpPage",
        "actions.ActionPage",
    ]
    max_count_per_parent = 1
    admin_default_ordering = "ord"
    search_type = PAGES
    cms_list = None
    publish_permission = ""
    guide_page = "change-the-hero"
    page_description = _("The home page. There is only one.")

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    @property
    def lead(self) -> Picture | None:
        return self.hero_picture

    def structured_data(self, request: HttpRequest, picture: str) -> Iterator[dict]:
        site = SiteSettings.for_request(request)
        if site.organization:
            yield schema_object(
                "Organization",
                name=site.organization,
                url=self.full_url,
                logo=SiteSettings.absolute_url(request, static("img/icon-512.png")),
                slogan=site.tagline,
                email=site.contact_email,
                sameAs=[link["url"] for link in site.links],
            )
        yield from super().structured_data(request, picture)

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Finds a page at any depth with one lookup; Wagtail runs two queries per level.

        Raises Http404 below /es/ until the home page has a Spanish translation.
        """
        language = get_language()
        if language != settings.LANGUAGE_CODE and self.locale.language_code != language:
            raise Http404
        if path_components:
            url_path = f"{self.url_path}{'/'.join(path_components)}/"
            page = self.get_descendants().filter(url_path=url_path).first()
            if page:
                return page.specific.route(request, [])
        return super().route(request, path_components)  # such as feed/ below a list


class StandardPage(LeadPicture, BasePage):
    """A standard page: about us, privacy, contact, a campaign's background."""

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)
    shows_retention_periods = models.BooleanField(
        _("shows how long personal data is kept"),
        default=False,
        help_text=_(
            "Adds a list to the end of the page. Its figures always match what this site does, so "
            "do not type them into the text."
        ),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        *LeadPicture.lead_panels,
        FieldPanel("body"),
        FieldPanel("shows_retention_periods"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]
    content_files = ContentFiles("pages/", body="body")
    parent_page_types = ["mission.HomePage", "mission.StandardPage"]
    subpage_types = ["mission.StandardPage", "actions.ActionPage"]
    allows_offline_copy = True
    search_type = PAGES
    cms_list = None
    publish_permission = ""
    guide_page = ""
    page_description = _("A plain page that can hold every type of block.")

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")


class UrgentHelpPage(LeadPicture, BasePage):
    """Instructions for an emergency: whom to call, then what to do, step by step.

    Every page links to it. The most urgent content comes first, and the phone number is the
    largest element on the screen.
    """

    calls = StreamField(
        [("call", CallBlock())],
        verbose_name=_("call first"),
        blank=True,
        max_num=2,
        help_text=_("The emergency number, shown as large as the screen allows."),
    )
    steps = StreamField(
        [("step", UrgentStepBlock())],
        verbose_name=_("steps"),
        blank=True,
        help_text=_("What to do until help comes, in this order. One action per step."),
    )
    law = RichTextField(
        _("what the law says"),
        blank=True,
        features=PLAIN_RICH_TEXT,
        help_text=_("Fear of the police keeps people from calling. Say how the law protects them."),
    )
    lines = StreamField(
        [("line", CallBlock())],
        verbose_name=_("someone to talk to"),
        blank=True,
        help_text=_("Phone lines for afterward, and for people who are not in danger now."),
    )
    sources = StreamField(
        [("source", SourceBlock())],
        verbose_name=_("sources"),
        blank=True,
        help_text=_("The public health guidance that the steps follow."),
    )
    checked_by = models.CharField(
        _("checked by"),
        max_length=200,
        blank=True,
        help_text=_(
            "The name and profession of the clinician who signed off on every word and "
            "number. If left empty, the page says that no one has."
        ),
    )

    # A sign-off does not apply to translations or copies.
    exclude_fields_in_copy = ["checked_by"]
    override_translatable_fields = [
        *BasePage.override_translatable_fields,
        BaseTranslatableField("checked_by"),
    ]
    offers_quick_exit = True
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("calls"),
        FieldPanel("steps"),
        FieldPanel("law"),
        FieldPanel("lines"),
        *LeadPicture.lead_panels,
        FieldPanel("sources"),
        FieldPanel("checked_by"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("steps"),
        index.SearchField("law"),
        index.SearchField("lines"),
    ]
    content_files = ContentFiles("urgent-help.md")
    parent_page_types = ["mission.HomePage"]
    subpage_types: list[str] = []
    max_count_per_parent = 1
    allows_offline_copy = True
    search_type = PAGES
    cms_list = None
    publish_permission = ""
    guide_page = ""
    page_description = _(
        "What to do in an emergency. There is only one such page, and every page links to it."
    )

    class Meta:
        verbose_name = _("urgent help")
        verbose_name_plural = _("urgent help")
