from collections.abc import Iterator
from functools import partial
from http import HTTPMethod
from typing import Self
from urllib.parse import quote
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.search import index

from actions import signatures
from actions.choices import ActionState, ActionType
from actions.counts import Count
from actions.forms import JoinForm, PetitionForm, PublicForm, SeeOther
from actions.rekeying import EncryptionState  # noqa: F401  Django looks for models here
from actions.signatures import RateLimitExemption, Signature  # noqa: F401  for Django, too
from editorial.attribution import Speaker
from editorial.blocks.body import PLAIN_RICH_TEXT, BodyBlock
from editorial.models import BasePage, LeadPicture, Sample
from editorial.page_types import ContentFiles, SearchType
from editorial.public_pages import publicly_visible
from editorial.querysets import PublicQuerySet
from site_settings.fields import StreamField


class ActionQuerySet(PublicQuerySet):
    def open_now(self) -> Self:
        """Public actions that are still open, without samples, newest first."""
        in_time = Q(closes_on=None) | Q(closes_on__gte=localdate())
        found = publicly_visible(self).filter(in_time, state=ActionState.OPEN, is_sample=False)
        return found.order_by("-first_published_at", "-pk")


class ActionPage(Sample, LeadPicture, BasePage):
    """Something that readers can do: join, sign a petition or write a letter.

    Joining and signing are confirmed by email. A letter is sent from the reader's own email: the
    site asks for no email address and stores nothing.
    """

    kind = models.CharField(
        _("type"),
        max_length=20,
        choices=ActionType,
        default=ActionType.LETTER,
        help_text=_("Joining and signing ask for an email address. A letter asks for nothing."),
    )
    speaker = models.CharField(
        _("who acts"),
        max_length=20,
        choices=Speaker,
        default=Speaker.ORGANIZATION,
        help_text=_(
            "Shown to readers. The names of the organization and of its action fund are set in the "
            "site settings."
        ),
    )
    body = StreamField(
        BodyBlock(),
        verbose_name=_("why"),
        blank=True,
        help_text=_("What is at stake and who decides."),
    )
    what_follows = models.CharField(
        _("what happens with the email address"),
        max_length=200,
        blank=True,
        help_text=_(
            "For example “One email when your voice can move a vote, and no more than two a month.”"
        ),
    )
    goal = models.PositiveIntegerField(
        _("goal"),
        null=True,
        blank=True,
        help_text=_("How many signatures the petition should reach."),
    )
    letter_subject = models.CharField(_("subject of the letter"), max_length=120, blank=True)
    letter = models.TextField(
        _("letter"), blank=True, help_text=_("Readers can copy it and change it as they like.")
    )
    finder_text = models.CharField(
        _("link to find the recipient"),
        max_length=120,
        blank=True,
        help_text=_("For example “Find your representative at house.gov”."),
    )
    finder_url = models.URLField(
        _("URL of that link"),
        blank=True,
        help_text=_("Use an official page, never a data broker's."),
    )
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=ActionState,
        default=ActionState.OPEN,
        help_text=_("A page that is not open shows the result and a newer action."),
    )
    closes_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("After this day, the page shows the result."),
    )
    result = RichTextField(_("result"), blank=True, features=PLAIN_RICH_TEXT)

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("kind"), FieldPanel("speaker"), FieldPanel("is_sample")]),
        *LeadPicture.lead_panels,
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("what_follows"), FieldPanel("goal")], heading=_("Joining and signing")
        ),
        MultiFieldPanel(
            [
                FieldPanel("letter_subject"),
                FieldPanel("letter"),
                FieldPanel("finder_text"),
                FieldPanel("finder_url"),
            ],
            heading=_("The letter"),
        ),
        MultiFieldPanel(
            [FieldPanel("closes_on"), FieldPanel("state"), FieldPanel("result")],
            heading=_("End and result"),
        ),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("body"),
        index.SearchField("letter"),
        index.SearchField("result"),
    ]
    content_files = ContentFiles("actions/", body="body")
    parent_page_types = ["mission.HomePage", "mission.StandardPage"]
    subpage_types: list[str] = []
    search_type = SearchType("action", _("Actions"), order=40)
    allowed_http_methods = [*BasePage.allowed_http_methods, HTTPMethod.POST]
    cms_list = None
    publish_permission = "actions.publish_action"
    guide_page = "run-an-action"
    page_description = _("Joining, a petition, or a letter that readers send from their own email.")

    objects = PageManager.from_queryset(ActionQuerySet)()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        permissions = [("publish_action", _("Can publish actions"))]

    @classmethod
    def for_action(cls, action: UUID, language: str) -> "ActionPage | None":
        """The page of an action, translated into `language` if possible; None if it was deleted."""
        pages = cls.objects.filter(translation_key=action).select_related("locale")
        return max(pages, key=lambda page: page.locale.language_code == language, default=None)

    @property
    def is_open(self) -> bool:
        in_time = self.closes_on is None or localdate() <= self.closes_on
        return self.state == ActionState.OPEN and in_time

    @property
    def theme(self) -> str:
        """Color theme of the page header."""
        return {ActionType.JOIN: "marigold", ActionType.PETITION: "jade"}.get(
            ActionType(self.kind), "lilac"
        )

    @property
    def mailto(self) -> str:
        """mailto: URL that opens the letter in the reader's email program."""
        return f"mailto:?subject={quote(self.letter_subject)}&body={quote(self.letter)}"

    def publishing_errors(self) -> Iterator[tuple[str, str]]:
        yield from super().publishing_errors()
        asks_for_email_address = self.is_open and self.kind in (
            ActionType.JOIN,
            ActionType.PETITION,
        )
        if asks_for_email_address and not self.what_follows.strip():
            sentence = gettext(
                "Say what happens with the email address. Readers want to know before they give it."
            )
            yield "what_follows", sentence

    def build_form(self, request: HttpRequest) -> PublicForm | None:
        """The form of this page; None for letters, ended actions and samples."""
        form_classes = {ActionType.JOIN: JoinForm, ActionType.PETITION: PetitionForm}
        if self.is_sample or not (self.is_open and self.kind in form_classes):
            return None
        action = self.translation_key
        is_exempt = partial(signatures.is_exempt_from_rate_limit, action)
        return form_classes[ActionType(self.kind)](request, f"action {action}", is_exempt=is_exempt)

    def serve(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        form = self.build_form(request)
        if form and form.is_valid():
            details = {"language": self.locale.language_code} | form.cleaned_data
            signatures.take_part(self.translation_key, **details)
            return SeeOther(reverse("check_email"))
        response = super().serve(request, *args, form=form, **kwargs)
        if form and form.is_bound:
            response.status_code = form.status
            response["Cache-Control"] = "no-store"
        return response

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        context["form"] = kwargs.get("form") or self.build_form(request)
        if self.kind == ActionType.PETITION and not self.is_sample:
            context["count"] = Count.of(self.translation_key, self.goal)
        if not self.is_open:
            others = ActionPage.objects.filter(locale=self.locale_id).exclude(pk=self.pk)
            context["newer"] = others.open_now().first()
        return context
