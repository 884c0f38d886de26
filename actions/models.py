from urllib.parse import quote

from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from editorial.blocks import PLAIN_RICH_TEXT, BodyBlock
from editorial.models import BasePage, LeadPicture
from editorial.permissions import PublishedByRight


class ActionPage(PublishedByRight, LeadPicture, BasePage):
    """A letter that readers send from their own mail: no address is asked, nothing is kept."""

    body = StreamField(
        BodyBlock(),
        verbose_name=_("why"),
        blank=True,
        help_text=_("What is at stake and who decides."),
    )
    letter_subject = models.CharField(_("subject of the letter"), max_length=120, blank=True)
    letter = models.TextField(
        _("letter"), blank=True, help_text=_("Readers copy it and change it as they like.")
    )
    finder_text = models.CharField(
        _("link to find the address"),
        max_length=120,
        blank=True,
        help_text=_("“Find your representative at house.gov”."),
    )
    finder_url = models.URLField(
        _("address of that link"), blank=True, help_text=_("An official page, never a broker's.")
    )
    closes_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("After it the page shows the result.")
    )
    result = RichTextField(_("result"), blank=True, features=PLAIN_RICH_TEXT)

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        *LeadPicture.lead_panels,
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldPanel("letter_subject"),
                FieldPanel("letter"),
                FieldPanel("finder_text"),
                FieldPanel("finder_url"),
            ],
            heading=_("The letter"),
        ),
        MultiFieldPanel([FieldPanel("closes_on"), FieldPanel("result")], heading=_("The end")),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("letter"),
        index.SearchField("result"),
    ]
    parent_page_types = ["mission.HomePage", "mission.StandardPage"]
    subpage_types: list[str] = []
    page_description = _("A letter that readers send from their own mail.")
    publish_right = "actions.publish_action"

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        permissions = [("publish_action", _("Can publish actions"))]

    @property
    def is_open(self) -> bool:
        return self.closes_on is None or localdate() <= self.closes_on

    @property
    def mailto(self) -> str:
        """Opens the letter in the reader's own mail program."""
        return f"mailto:?subject={quote(self.letter_subject)}&body={quote(self.letter)}"
