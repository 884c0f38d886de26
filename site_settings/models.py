"""Site-wide settings."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PageChooserPanel
from wagtail.blocks import BoundBlock, PageChooserBlock
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Page, Site

from consent.models import validate_day
from pictures.fields import picture_field
from pictures.models import Picture
from site_settings.choices import PageQuickExit, QuickExit
from site_settings.fields import StreamField
from site_settings.time_zone import describe_time_zone
from site_settings.translated_settings import LocalizedText, OtherLanguagesBlock


class SiteSettingsForm(WagtailAdminModelForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        ends = self.fields["alert_until"]
        ends.help_text = f"{ends.help_text} {describe_time_zone()}"
        ends.validators.append(validate_day)

    def add_error(self, field: str | None, error: Any) -> None:
        """Leave out the model's errors of unreadable fields, which the model takes for empty."""
        if field is None and hasattr(error, "error_dict"):
            error = {
                name: found for name, found in error.error_dict.items() if name not in self.errors
            }
        if error:
            super().add_error(field, error)


@register_setting(icon="home")
class SiteSettings(BaseSiteSetting):
    """Content of every page: the organization's name, email addresses, links and alert."""

    organization = models.CharField(
        _("organization"),
        max_length=120,
        blank=True,
        help_text=_("The name in the header, the footer and page titles."),
    )
    action_fund = models.CharField(
        _("action fund"),
        max_length=120,
        blank=True,
        help_text=_(
            "The name of the sister organization that lobbies. Each news page says whether it "
            "comes from the organization or from its action fund."
        ),
    )
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    donate_url = models.URLField(
        _("donation URL"), blank=True, help_text=_("If left empty, the Donate button is hidden.")
    )
    contact_email = models.EmailField(_("contact email"), blank=True)
    press_email = models.EmailField(_("press email"), blank=True)
    social_links = models.TextField(
        _("social links"),
        blank=True,
        help_text=_("One per line: the name, a space, then the URL, such as “Mastodon https://…”."),
    )
    footer_note = models.CharField(
        _("footer note"), max_length=255, blank=True, help_text=_("The last line of every page.")
    )
    footer_pages = StreamField(
        [("page", PageChooserBlock(label=_("Page")))],
        verbose_name=_("more pages in the footer"),
        blank=True,
        help_text=_(
            "Pages such as about us, privacy and contact. The footer lists them after the pages "
            "that are shown in menus."
        ),
    )
    quick_exit = models.CharField(
        _("show it"),
        max_length=20,
        choices=QuickExit,
        default=QuickExit.EVERYWHERE,
        help_text=_("A link in the header for readers who must leave this site at once."),
    )
    quick_exit_url = models.URLField(
        _("leads to"),
        default="https://www.weather.gov/",
        help_text=_("A page that anyone might look at, such as a weather forecast."),
    )
    alert_text = models.CharField(
        _("sentence"),
        max_length=200,
        blank=True,
        help_text=_(
            "One sentence above the header of every page. If left empty, no alert is shown."
        ),
    )
    alert_page = models.ForeignKey(
        Page,
        verbose_name=_("link"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("A page on this site with more information."),
    )
    alert_until = models.DateTimeField(
        _("ends"),
        null=True,
        blank=True,
        help_text=_("The alert disappears by itself at this time."),
    )

    share_picture = picture_field(
        _("picture for sharing"),
        _(
            "Shown when someone shares a page that has no photo of its own, if the consent for "
            "this picture includes social media. The best size is 1200 by 630 pixels."
        ),
    )
    other_languages = StreamField(
        OtherLanguagesBlock(),
        verbose_name=_("in other languages"),
        blank=True,
        help_text=_(
            "Readers of another language see this text. Where it is empty, they see the text above."
        ),
    )

    panels = [
        MultiFieldPanel(
            [FieldPanel("alert_text"), PageChooserPanel("alert_page"), FieldPanel("alert_until")],
            heading=_("Alert"),
        ),
        FieldPanel("organization"),
        FieldPanel("action_fund"),
        FieldPanel("tagline"),
        FieldPanel("share_picture"),
        FieldPanel("donate_url"),
        MultiFieldPanel(
            [FieldPanel("contact_email"), FieldPanel("press_email"), FieldPanel("social_links")],
            heading=_("Where to find us"),
        ),
        FieldPanel("footer_pages"),
        FieldPanel("footer_note"),
        FieldRowPanel(
            [FieldPanel("quick_exit"), FieldPanel("quick_exit_url")], heading=_("Quick exit")
        ),
        FieldPanel("other_languages"),
    ]
    base_form_class = SiteSettingsForm

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")

    def clean(self) -> None:
        super().clean()
        if self.share_picture and self.share_picture.is_svg():
            raise ValidationError(
                {"share_picture": _("Social media sites do not show SVG drawings. Choose a photo.")}
            )
        stored = type(self).objects.filter(pk=self.pk).first()
        if not self.alert_text:
            # What belonged to the former alert would become a part of the next one.
            if stored and self.alert_until == stored.alert_until:
                self.alert_until = None
            for block in self._former_translations(stored):
                block.value["alert_text"] = ""
            return
        if not self.alert_until:
            raise ValidationError(
                {
                    "alert_until": _(
                        "Say when this alert ends, so that no one has to remember to remove it."
                    )
                }
            )
        unchanged = stored and (stored.alert_text, stored.alert_until)
        # An alert that has ended is valid if it is unchanged, so that other settings can be saved.
        if (self.alert_text, self.alert_until) != unchanged and self.alert_until <= timezone.now():
            raise ValidationError(
                {
                    "alert_until": _(
                        "This time has passed, so no one would see the alert. Choose a later time."
                    )
                }
            )
        is_new = stored and self.alert_text != stored.alert_text and not stored.has_alert
        if is_new and self._former_translations(stored):
            raise ValidationError(
                {
                    "other_languages": _(
                        "The alert in another language is still that of the former alert. Change "
                        "it, or empty it."
                    )
                }
            )

    def _former_translations(self, stored: "SiteSettings | None") -> list[BoundBlock]:
        """The blocks of other languages that have the alert of `stored`."""
        former = {
            (block.value["language"], block.value["alert_text"])
            for block in (stored.other_languages if stored else ())
        }
        return [
            block
            for block in self.other_languages
            if block.value["alert_text"]
            and (block.value["language"], block.value["alert_text"]) in former
        ]

    @classmethod
    def site_for_request(cls, request: HttpRequest) -> Site | None:
        """The site of the request. Loads and caches the site and its settings in one query."""
        cache: Any = request  # Wagtail sets attributes on it that HttpRequest does not declare
        if not hasattr(cache, "_wagtail_site"):
            found = Site.objects.select_related(
                "root_page__locale", "sitesettings__share_picture__consent"
            )
            site = cache._wagtail_site = _match_site(request, list(found))
            if site and hasattr(site, "sitesettings"):
                site.sitesettings._request = request  # type: ignore[attr-defined]
                setattr(request, cls.get_cache_attr_name(), site.sitesettings)
        return cache._wagtail_site

    @classmethod
    def absolute_url(cls, request: HttpRequest, url: str) -> str:
        """`url` with the host of the Site record, because anyone can forge the Host header."""
        site = cls.site_for_request(request)
        return urljoin(site.root_url if site else settings.SITE_URL, url)

    @classmethod
    def for_request(cls, request: HttpRequest) -> "SiteSettings":
        cls.site_for_request(request)
        return super().for_request(request)

    @property
    def shared_picture(self) -> Picture | None:
        """Default picture for shared pages; None unless its consent includes social media."""
        picture = self.share_picture
        return picture if picture and picture.may_be_shared else None

    @property
    def has_alert(self) -> bool:
        """Whether the alert is shown now."""
        return bool(self.alert_text and self.alert_until and self.alert_until > timezone.now())

    def quick_exit_url_for(self, page: Page | None) -> str:
        """URL of the quick exit link; empty if `page` does not show it."""
        page_choice = getattr(page, "quick_exit", PageQuickExit.AS_SITE)
        offers_quick_exit = getattr(page, "offers_quick_exit", False)
        shown = {
            QuickExit.EVERYWHERE: True,
            QuickExit.STORIES_AND_HELP: offers_quick_exit,
            QuickExit.NOWHERE: False,
        }[QuickExit(self.quick_exit)]
        if page_choice != PageQuickExit.AS_SITE:
            shown = page_choice == PageQuickExit.SHOWN
        return self.quick_exit_url if shown else ""

    @property
    def localized_texts(self) -> dict[str, LocalizedText]:
        """`alert_text`, `tagline`, `footer_note`: in the main language if the active lacks them."""
        language = get_language()
        written: dict = {}
        if language != settings.LANGUAGE_CODE:
            blocks = (block["value"] for block in self.other_languages.raw_data)
            written = next((found for found in blocks if found["language"] == language), {})
        main = "" if language == settings.LANGUAGE_CODE else settings.LANGUAGE_CODE
        return {
            name: LocalizedText(written[name])
            if written.get(name)
            else LocalizedText(getattr(self, name), main)
            for name in ("alert_text", "tagline", "footer_note")
        }

    @property
    def footer_page_ids(self) -> list[int]:
        """Primary keys of the pages added to the footer, without a query."""
        return [block["value"] for block in self.footer_pages.raw_data if block["value"]]

    @property
    def linked_pages(self) -> list[int]:
        """Primary keys of all pages that these settings link to."""
        alert = [self.alert_page_id] if self.has_alert and self.alert_page_id else []
        return [*self.footer_page_ids, *alert]

    @property
    def links(self) -> list[dict[str, str]]:
        """Social links as dicts with `name` and `url`; lines without both are ignored."""
        pairs = (line.rpartition(" ") for line in self.social_links.splitlines())
        return [
            {"name": name.strip(), "url": url}
            for name, _space, url in pairs
            if name and "//" in url
        ]


def _match_site(request: HttpRequest, sites: list[Site]) -> Site | None:
    """Chooses the site as Wagtail does: the first of these four that exists.

    1. The site with this host and port.
    2. The default site, if it has this host.
    3. The only site with this host.
    4. The default site.
    """
    host = split_domain_port(request._get_raw_host())[0]  # type: ignore[attr-defined]
    port = int(request.get_port())
    same_host = [site for site in sites if site.hostname == host]
    exact = [site for site in same_host if site.port == port]
    default = [site for site in sites if site.is_default_site]
    same_host_default = [site for site in same_host if site.is_default_site]
    return next(
        iter(exact or same_host_default or (same_host if len(same_host) == 1 else default)), None
    )
