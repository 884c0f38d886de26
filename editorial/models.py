from collections.abc import Iterator
from datetime import date
from http import HTTPMethod
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.checks import CheckMessage, Error
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.timezone import get_default_timezone, localdate, now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import CommentPanel, FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page, PageManager, PagePermissionTester, PageViewRestriction
from wagtail.search import index
from wagtail.url_routing import RouteResult
from wagtail_localize.fields import BaseTranslatableField

from consent.models import Scope
from editorial.attribution import speaker_name
from editorial.blocks.corrections import CorrectionBlock
from editorial.page_types import CmsList, ContentFiles, DraftSharing, SearchType
from editorial.panels import SchedulePanel, TranslationPanel
from editorial.picture_uses import picture_uses, uses_in_bodies
from editorial.publishing.aliases import KeepsAliasesDown
from editorial.publishing.copies import CopyForm
from editorial.publishing.forms import PublishingForm
from editorial.publishing.permissions import Permissions
from editorial.querysets import PublicQuerySet
from editorial.reviews.mails import ReviewMail  # noqa: F401  Django looks for models here
from editorial.sharing.links import DraftLink  # noqa: F401
from editorial.stigmatizing_language import Wording  # noqa: F401
from editorial.structured_data import faq_page, schema_object
from editorial.translations.schedule import original_errors
from editorial.translations.status import translation_errors
from editorial.validators import MaxWords
from editorial.versions import KeepsVersions
from pictures.alt_text import reason_to_refuse, reason_to_translate
from pictures.fields import picture_field
from pictures.models import Picture
from site_settings.choices import PageQuickExit
from site_settings.fields import StreamField
from site_settings.models import SiteSettings

# The attributes that every page type must set; see BasePage.
DECLARATIONS = ("content_files", "search_type", "cms_list", "publish_permission", "guide_page")
# Request attributes that mark a draft: Wagtail's preview, and a draft opened with a link.
DRAFT_VIEWS = ("is_preview", "draft_link")


def shows_draft(request: HttpRequest) -> bool:
    return any(getattr(request, name, False) for name in DRAFT_VIEWS)


class BasePage(KeepsVersions, KeepsAliasesDown):
    """Base of all pages: texts for listings and search engines, review dates, corrections."""

    summary = models.TextField(
        _("summary"),
        blank=True,
        validators=[MaxWords(100, 60)],
        help_text=_(
            "Two or three sentences for listings and search engines; 60 words are enough, 100 are "
            "the limit."
        ),
    )
    listing_picture = picture_field(
        _("listing picture"),
        _("Shown where this page is listed. If empty, the page's main picture is used."),
    )
    social_picture = picture_field(
        _("social picture"),
        _(
            "Shown when someone shares this page, if the picture's consent includes social "
            "media. If empty, the listing picture is used."
        ),
    )
    content_note = models.CharField(
        _("content note"),
        max_length=200,
        blank=True,
        help_text=_(
            "What a reader may want to know before reading, for example “This page discusses "
            "overdose death.”"
        ),
    )
    last_reviewed = models.DateField(
        _("last reviewed"), null=True, blank=True, help_text=_("Shown at the end of the page.")
    )
    next_review = models.DateField(
        _("next review"),
        null=True,
        blank=True,
        help_text=_(
            "Shown at the end of the page until this date. On this date, the page's owner gets "
            "an email."
        ),
    )
    quick_exit = models.CharField(
        _("quick exit"),
        max_length=10,
        choices=PageQuickExit,
        blank=True,
        default=PageQuickExit.AS_SITE,
        help_text=_("The link in the header for readers who need to leave this site at once."),
    )
    corrections = StreamField(
        [("correction", CorrectionBlock())],
        verbose_name=_("corrections"),
        blank=True,
        help_text=_("What was wrong and when it was corrected. Shown at the end of the page."),
    )

    unreviewed_translation = models.BooleanField(
        _("translation not reviewed"),
        default=False,
        help_text=_("Tells readers that no native speaker has reviewed this translation yet."),
    )

    # mypy infers narrower types from Wagtail's defaults: None, and a list of placeholders.
    max_count_per_parent: int | None  # type: ignore[assignment]
    content_panels: list[object]  # type: ignore[assignment]
    promote_panels: list[object] = [  # type: ignore[assignment]
        MultiFieldPanel(
            [
                FieldPanel("slug"),
                FieldPanel("seo_title"),
                FieldPanel("search_description"),
                FieldPanel("show_in_menus"),
            ],
            heading=_("Search engines and menus"),
        ),
        MultiFieldPanel(
            [FieldPanel("listing_picture"), FieldPanel("social_picture")],
            heading=_("Pictures for listings and sharing"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("content_note"), FieldPanel("quick_exit")]),
                FieldRowPanel([FieldPanel("last_reviewed"), FieldPanel("next_review")]),
                FieldPanel("corrections"),
                TranslationPanel("unreviewed_translation"),
            ],
            heading=_("Safety, reviews and corrections"),
        ),
    ]
    settings_panels: list[object] = [  # type: ignore[assignment]
        SchedulePanel(),
        CommentPanel(),
    ]

    search_fields = [*Page.search_fields, index.SearchField("summary", boost=2)]
    base_form_class = PublishingForm
    copy_form_class = CopyForm
    override_translatable_fields = [BaseTranslatableField("unreviewed_translation")]

    # Every page type must set these. With `content_files = None`, pages can be made only in the
    # CMS. With `cms_list = None`, the CMS has no list of these pages.
    content_files: ContentFiles | None
    search_type: SearchType
    cms_list: CmsList | None
    # The permission to publish pages of this type, such as "news.publish_news". It replaces
    # Wagtail's permission to publish a part of the page tree. Empty if Wagtail's permission is
    # enough.
    publish_permission: str
    # Whether only administrators may publish these pages without the approvals of their workflow.
    published_by_workflow = False
    # The page of the staff guide about this type: a file in docs/editors/ without its suffix.
    guide_page: str

    # Describes the links to a draft of this page type. None: drafts cannot be shared.
    draft_sharing: DraftSharing | None = None
    # The consent scopes that pictures on this page need.
    picture_scopes: tuple[str, ...] = (Scope.SITE,)
    # Page types with a form add POST. For other methods Wagtail answers with 405.
    allowed_http_methods = [HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.OPTIONS]
    # Query parameters that this page uses. Requests with other parameters bypass caches.
    query_names: frozenset[str] = frozenset()
    schema_type = ""  # schema.org type of articles, for `structured_data`
    author_type = "Organization"  # schema.org type of their author
    is_sample = False
    # Whether readers of these pages may need the quick exit link.
    offers_quick_exit = False
    # Whether readers can download this page to read it offline.
    allows_offline_copy = False

    # Page types set managers that are not subclasses of this one, which mypy rejects.
    objects = PageManager.from_queryset(PublicQuerySet)()  # type: ignore[misc]

    class Meta:
        abstract = True

    @classmethod
    def check(cls, **kwargs: Any) -> list[CheckMessage]:
        missing = [name for name in DECLARATIONS if not hasattr(cls, name)]
        errors = list(super().check(**kwargs))
        if missing:
            sentence = f"{cls.__name__} does not set {', '.join(missing)}. See BasePage."
            errors.append(Error(sentence, obj=cls, id="editorial.E001"))
        if not cls._meta.abstract and not cls.allowed_parent_page_models():
            errors.append(
                Error(
                    f"No page type accepts {cls.__name__} as a child, so editors cannot make one.",
                    hint="Add it to `subpage_types` of a type in its `parent_page_types`.",
                    obj=cls,
                    id="editorial.E002",
                )
            )
        return errors

    @property
    def description(self) -> str:
        """Description for search engines and shared links."""
        return self.search_description or self.summary

    @property
    def shared_picture(self) -> Picture | None:
        """Picture for shared links; None unless its consent includes social media."""
        picture = self.social_picture or self.listing_picture
        return picture if picture and picture.may_be_shared else None

    @property
    def offers_sharing(self) -> bool:
        """Whether the page has “Share this page”."""
        return self.live and not self.is_sample

    @property
    def lead(self) -> Picture | None:
        """The page's main picture. Page types with a lead picture override this."""
        return self.listing_picture

    @property
    def card_picture(self) -> Picture | None:
        """The picture of this page in listings."""
        found = (self.listing_picture, self.lead)
        return next((picture for picture in found if picture and picture.visible), None)

    @property
    def upcoming_review_date(self) -> date | None:
        """Date of the next review; None if it has passed: readers must not see overdue dates."""
        return self.next_review if self.next_review and self.next_review >= localdate() else None

    def pictures(self) -> Iterator[Picture | None]:
        """Every picture that this page shows or offers for sharing."""
        yield from (self.lead, self.listing_picture, self.social_picture)
        yield from (use.picture for use in uses_in_bodies(self))

    def uses_alt_text_of(self, picture: Picture) -> bool:
        """Whether this page shows the picture with the picture's own alt text."""
        return any(not used.decorative and not used.block_alt_text for used in self._uses(picture))

    def has_own_alt_text_for(self, picture: Picture) -> bool:
        """Whether a block of this page sets an alt text for the picture, or marks it decorative."""
        return any(used.decorative or used.block_alt_text for used in self._uses(picture))

    def _uses(self, picture: Picture) -> Iterator[Picture]:
        """For each place that shows the picture, a Picture with the alt text of that place."""
        return (use.picture for use in picture_uses(self) if use.picture.pk == picture.pk)

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict]:
        return [url | {"item": self} for url in super().get_sitemap_urls(request)]

    def author_name(self, site: SiteSettings) -> str:
        """The author in feeds and structured data."""
        return speaker_name(self, site)

    def structured_data(self, request: HttpRequest, picture: str) -> Iterator[dict]:
        """The schema.org objects of this page. They contain only what the page shows.

        `picture` is the URL of the page's picture for sharing. Page types add their own objects.
        """
        site = SiteSettings.for_request(request)
        if self.schema_type and site.organization and not self.is_sample:
            # Do not add the storyteller: machines copy names to places that the person did not
            # agree to.
            author = schema_object(self.author_type, name=self.author_name(site))
            yield schema_object(
                self.schema_type,
                headline=self.title,
                description=self.description,
                url=self.full_url,
                inLanguage=get_language(),
                image=picture,
                datePublished=self.first_published_at and self.first_published_at.isoformat(),
                dateModified=self.last_published_at and self.last_published_at.isoformat(),
                author=author,
                publisher=schema_object("Organization", name=site.organization),
            )
        yield from faq_page(getattr(self, "body", ()))

    @property
    def goes_live_on(self) -> date | None:
        """The future day on which this version is scheduled to go live; None if there is none."""
        is_scheduled = self.go_live_at and self.go_live_at > now()
        # The day in the time zone of the site, which may not be that of the editor.
        return localdate(self.go_live_at, get_default_timezone()) if is_scheduled else None

    def submission_errors(self) -> Iterator[tuple[str, str]]:
        """The errors that prevent submitting for approval, as pairs of field name and message."""
        yield from translation_errors(self)
        language = self.locale.language_code if self.locale_id else ""
        for use in picture_uses(self):
            if reason := reason_to_refuse(use.picture, use.caption, language):
                yield use.field, reason

    def publishing_errors(self) -> Iterator[tuple[str, str]]:
        """The errors that prevent publishing.

        Errors that do not prevent submitting are not for the writer to mend: the original of a
        translation is not published, or somebody else's picture lacks consent or alt text.
        """
        yield from self.submission_errors()
        yield from original_errors(self)
        language = self.locale.language_code if self.locale_id else settings.LANGUAGE_CODE
        for use in picture_uses(self):
            in_block = isinstance(self._meta.get_field(use.field), StreamField)
            if reason := reason_to_translate(use.picture, language, in_block=in_block):
                yield use.field, reason
            for _field, sentence in use.picture.consent_errors(self.goes_live_on):
                params = {"picture": use.picture.title, "reason": sentence}
                yield use.field, gettext("“%(picture)s”: %(reason)s") % params

    def draft_may_be_shared_by(self, user: AbstractUser | AnonymousUser) -> bool:
        """Whether `user` may let people without an account read the draft; see `draft_sharing`."""
        return False

    def permissions_for_user(self, user: AbstractUser | AnonymousUser) -> PagePermissionTester:
        return Permissions(user, self)

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Return 404 for an alias if its original is not live."""
        if not path_components and self.alias_of_id and not self.alias_of.live:
            raise Http404
        return super().route(request, path_components)

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """Restrictions of this page and its ancestors, and of an alias's original page."""
        if not getattr(self, "is_restricted", True):
            return PageViewRestriction.objects.none()  # see PublicQuerySet.for_reading
        found = super().get_view_restrictions()
        return found | self.alias_of.get_view_restrictions() if self.alias_of_id else found

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        share_picture = SiteSettings.for_request(request).share_picture
        for_press = getattr(request, "is_press_draft", False)
        # A draft shows all its pictures. Only a draft for reporters leaves out pictures that the
        # public or the press may not see.
        for picture in filter(None, (*self.pictures(), share_picture)):
            picture.in_draft = shows_draft(request) and not for_press
            press_scopes = (Scope.PRESS,) if for_press else ()
            picture.scopes_of_use = (*self.picture_scopes, *press_scopes)
        return super().get_context(request, *args, **kwargs)


class LeadPicture(models.Model):
    """Mixin for page types with a large picture at the top."""

    lead_picture = picture_field(_("lead picture"), _("Large, at the top of the page."))
    lead_caption = models.CharField(
        _("caption"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for all readers. Do not repeat the alt text."),
    )

    lead_panels = [
        MultiFieldPanel(
            [FieldPanel("lead_picture"), FieldPanel("lead_caption")], heading=_("Lead picture")
        )
    ]

    class Meta:
        abstract = True

    @property
    def lead(self) -> Picture | None:
        return self.lead_picture


class Sample(models.Model):
    """Mixin for page types that have sample pages on a new site."""

    is_sample = models.BooleanField(
        _("sample"),
        default=False,
        help_text=_(
            "Written to show how a page looks. Readers are told so. Search engines are kept out."
        ),
    )

    class Meta:
        abstract = True

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict]:
        return [] if self.is_sample else super().get_sitemap_urls(request)  # type: ignore[misc]
