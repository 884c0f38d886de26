from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import AbstractGroupApprovalTask, Page, Revision, TaskState
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField

from consent.changes import may_change
from consent.mixins import PageHasConsent
from consent.models import Scope, Shown
from consent.normalization import normalize
from consent.panels import ConsentPanel
from editorial.blocks.body import BodyBlock
from editorial.list_pages import ListPage
from editorial.models import BasePage, Sample, shows_draft
from editorial.page_types import CmsList, ContentFiles, DraftSharing, SearchType
from editorial.public_pages import publicly_visible
from issues.filters import IssueFilter
from issues.models import IssuePage
from pictures.fields import picture_field
from pictures.models import Picture
from site_settings.fields import StreamField

# Imported because Django looks for models only in this module.
from stories.contacts import Contact, PicturePart, Submission  # noqa: F401
from stories.forms import StewardForm
from stories.invitation import StoryInvitation
from stories.name_uses import fields_with_name, names_teller, real_names, recompute
from stories.names import contains, search_terms
from stories.published_names import PublishedName


class StoryIndexPage(StoryInvitation, ListPage):
    """The list of all stories, newest first, with a filter by issue."""

    content_panels = [*ListPage.content_panels, FieldPanel("takes_stories")]
    search_fields = ListPage.search_fields
    content_files = ContentFiles("stories.md", title=_("Stories"))
    parent_page_types = ["mission.HomePage"]
    subpage_types = ["stories.StoryPage"]
    offers_quick_exit = True
    filters = [IssueFilter(_("Stories by issue"), _("All"))]
    publish_permission = "stories.publish_story"
    page_description = _("The list of stories.")

    class Meta:
        verbose_name = _("story list")
        verbose_name_plural = _("story lists")

    @cached_property
    def _original_list(self) -> Page | None:
        """The list in the main language, if this is a translation of it."""
        if self.locale.is_default:
            return None
        lists = StoryIndexPage.objects.filter(translation_key=self.translation_key)
        in_main_language = lists.filter(locale__language_code=settings.LANGUAGE_CODE)
        return publicly_visible(in_main_language).only("path", "depth").first()

    def listed(self) -> models.Q:
        """The stories in this language, and those in the main language without a translation."""
        own, original = super().listed(), self._original_list
        if original is None:
            return own
        translations = publicly_visible(Page.objects.filter(own)).filter(
            translation_key=models.OuterRef("translation_key")
        )
        children = models.Q(path__startswith=original.path, depth=original.depth + 1)
        return own | (children & ~models.Q(models.Exists(translations)))

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        for story in context["listed"]:
            if story.locale_id != self.locale_id:
                story.other_language = settings.LANGUAGE_CODE
        return context


class StoryPage(PageHasConsent, Sample, BasePage):
    """One person's story, told with their consent, with a portrait or by voice alone."""

    is_story = True
    published_by_workflow = True
    # The language of this story, set if the list that shows it is in another language.
    other_language = ""

    teller = models.CharField(
        _("name to show"),
        max_length=120,
        blank=True,
        help_text=_(
            "Only the name that this person wants readers to see. A first name is fine. So is no "
            "name."
        ),
    )
    name_changed = models.BooleanField(
        _("name changed"),
        default=False,
        help_text=_("Tells readers that the name is not the real one."),
    )
    place = models.CharField(
        _("place"),
        max_length=120,
        blank=True,
        help_text=_("As broad as the person wants. A state is often enough."),
    )
    portrait = picture_field(
        _("portrait"), _("Leave empty if the person wants to share only their words.")
    )
    portrait_caption = models.CharField(
        _("caption"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for all readers. Do not repeat the alt text."),
    )
    pull_quote = models.CharField(
        _("quote"),
        max_length=255,
        blank=True,
        help_text=_(
            "One sentence in the person's own words, without quotation marks. It is shown in large "
            "type."
        ),
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)
    # Whether the story, or something that it shows or links to, contains the teller's real name.
    # See stories.name_uses.names_teller. Stored, so that queries can exclude the page if the person
    # may not be named.
    names_teller = models.BooleanField(default=False, editable=False)
    # A story may link to issues in any language; they are shown in the language of the story.
    issues = ParentalManyToManyField(
        IssuePage, verbose_name=_("issues"), blank=True, related_name="stories"
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("teller"), FieldPanel("name_changed")]),
                FieldRowPanel([FieldPanel("place"), FieldPanel("is_sample")]),
            ],
            heading=_("Who tells the story"),
        ),
        MultiFieldPanel(
            [FieldPanel("portrait"), FieldPanel("portrait_caption")], heading=_("Portrait")
        ),
        FieldPanel("pull_quote"),
        FieldPanel("body"),
        FieldPanel("issues", widget=forms.CheckboxSelectMultiple),
        ConsentPanel(heading=_("Consent")),
    ]
    search_fields = [
        *BasePage.search_fields,
        # Only staff can search by `teller`. The public index leaves it out, because consent to be
        # named may end.
        index.AutocompleteField("teller"),
        index.SearchField("place"),
        index.SearchField("pull_quote"),
        index.SearchField("body"),
    ]
    content_files = ContentFiles("stories/", body="body", is_dated=True)
    parent_page_types = ["stories.StoryIndexPage"]
    subpage_types: list[str] = []
    override_translatable_fields = [
        *BasePage.override_translatable_fields,
        *PageHasConsent.override_translatable_fields,
        SynchronizedField("issues", overridable=False),
    ]
    offers_quick_exit = True
    schema_type = "Article"
    search_type = SearchType("story", _("Stories"), order=20)
    cms_list = CmsList("stories", icon="openquote", order=120, filters=("issues", "is_sample"))
    publish_permission = "stories.publish_story"
    guide_page = "publish-a-story"
    draft_sharing = DraftSharing(
        _("Share this draft with the person"),
        _("Give it to the person in the way they find safest."),
    )
    page_description = _("One person's story, with consent recorded.")

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        permissions = [("publish_story", _("Can publish stories"))]

    @property
    def lead(self) -> Picture | None:
        return self.portrait

    @property
    def allows_offline_copy(self) -> bool:  # type: ignore[override]
        """An offline copy cannot be withdrawn, so it needs consent for print."""
        return self.printable

    @property
    def hides_name(self) -> bool:
        """Whether the teller's name is a real one that may not be shown."""
        return bool(self.teller) and not self.name_changed and not self.may_name_teller

    @property
    def may_name_teller(self) -> bool:
        return self.record.may_be_named or not self.requires_consent

    @property
    def shown_name(self) -> str:
        return "" if self.hides_name else self.teller

    def display_errors(self, scope: str = Scope.SITE) -> Iterator[tuple[str, str]]:
        yield from super().display_errors(scope)
        if self.names_teller and not self.may_name_teller:
            yield "may_be_named", gettext("The page contains a name that may not be shown.")

    @classmethod
    def displayable(cls, scope: str = Scope.SITE) -> models.Q:
        may_be_named = models.Q(consent__may_be_named=True)
        is_no_one = models.Q(consent__shown=Shown.NO_ONE)
        return super().displayable(scope) & (
            models.Q(names_teller=False) | may_be_named | is_no_one
        )

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.names_teller = names_teller(self)
        super().save(*args, **kwargs)
        # Saving a draft also saves its page, but only a few fields.
        is_public = self.live and kwargs.get("update_fields") is None
        if is_public and self.teller and not self.name_changed:
            names = PublishedName.objects
            _, is_new = names.get_or_create(consent_id=self.consent_id, name=self.teller)
            if is_new:
                # Other pages of the record may contain this name. It was not known when they were
                # last checked for names.
                recompute(StoryPage.objects.filter(consent=self.consent_id, live=True))

    def save_revision(
        self, *args: Any, overwrite_revision: Revision | None = None, **kwargs: Any
    ) -> Revision:
        """Save a version. Autosave overwrites the latest version.

        A version with another real name is kept, because `real_names` reads names from versions.
        """
        if overwrite_revision and overwrite_revision == self.get_latest_revision():
            old = overwrite_revision.content
            real = set() if old["name_changed"] else search_terms(old["teller"])
            known = set() if self.name_changed else search_terms(self.teller)
            if not real <= known:
                overwrite_revision = None
        return super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)

    @classmethod
    def recompute(cls, **lookups: object) -> None:
        # All other stories are hidden already, or may name the teller.
        unnamed = cls.objects.filter(live=True, names_teller=False, consent__may_be_named=False)
        recompute(unnamed.exclude(consent__shown=Shown.NO_ONE).filter(**lookups))

    def hidden_names(self) -> dict[str, set[str]]:
        """The names that no text of the story may contain, mapped to their search terms."""
        return {} if self.may_name_teller else real_names(self)

    def may_redirect_from(self, path: str) -> bool:
        names = self.hidden_names().values()
        return not any(contains(path, terms, match_common_words=True) for terms in names)

    def reason_to_refuse(self, text: str) -> str:
        if not any(contains(text, terms) for terms in self.hidden_names().values()):
            return ""
        sentence = gettext("“%(title)s” may not show a name that is in this text. Remove it.")
        return sentence % {"title": self.title}

    @property
    def shared_picture(self) -> Picture | None:
        """The picture for social media; None if the story's consent does not cover social media."""
        allowed = not self.requires_consent or self.is_displayable(Scope.SOCIAL)
        return super().shared_picture if allowed else None

    @property
    def offers_sharing(self) -> bool:
        """False if the story's consent does not cover social media, where readers may share it."""
        allowed = not self.requires_consent or self.is_displayable(Scope.SOCIAL)
        return super().offers_sharing and allowed

    def identifying_phrases(self) -> list[str]:
        return [self.title, self.pull_quote]

    def others_by_same_person(self) -> models.QuerySet["StoryPage"]:
        """Other stories whose teller has the same name."""
        name = normalize(self.teller)
        others = StoryPage.objects.filter(alias_of=None).exclude(consent=self.consent_id)
        tellers = others.exclude(teller="").values_list("pk", "teller") if name else ()
        return others.filter(pk__in=[pk for pk, teller in tellers if normalize(teller) == name])

    def draft_may_be_shared_by(self, user: AbstractUser | AnonymousUser) -> bool:
        """Whether `user` may share the draft with the person."""
        return may_change(user) and self.permissions_for_user(user).can_edit()

    def publishing_errors(self) -> Iterator[tuple[str, str]]:
        if sentences := [sentence for _field, sentence in self.consent_errors(self.goes_live_on)]:
            words = gettext(
                "Consent is not complete: %(reasons)s Press “Consent” at the top of the page. A "
                "story steward or an administrator can record it."
            )
            yield "consent", words % {"reasons": " ".join(sentences)}
        yield from super().publishing_errors()
        for name, terms in self.hidden_names().items():
            for field, words in fields_with_name(self, terms).items():
                sentence = gettext(
                    "This contains the name “%(name)s”, and the person has not agreed to be named. "
                    "Remove it, or use another name and check “name changed”."
                )
                if field == "teller":
                    sentence = gettext(
                        "This contains “%(name)s”, the person's real name, which was published "
                        "before. Remove it, or use another name."
                    )
                found = gettext("It is in something that this field shows or links to.")
                if words:
                    is_name = normalize(words) == normalize(name)
                    found = "" if is_name else gettext("Found: “%(words)s”") % {"words": words}
                yield field, f"{sentence % {'name': name}} {found}".strip()

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        context = super().get_context(request, *args, **kwargs)
        issues = IssuePage.objects.chosen_on(self, shows_draft(request))
        return context | {"issues": issues, "next_story": self.next_story()}

    def next_story(self) -> "StoryPage | None":
        """The story published before this one. For the oldest story, the newest one.

        Stories whose title or slug contains a hidden name of this story are left out.
        """
        others = publicly_visible(Page.objects.sibling_of(self, inclusive=False))
        newer = models.Q(first_published_at__gt=self.first_published_at or timezone.now())
        older_first = models.Case(models.When(newer, then=1), default=0)
        if terms := set().union(*self.hidden_names().values()):
            named = [
                pk
                for pk, *texts in others.values_list("pk", "title", "slug")
                if contains("\n".join(texts), terms, match_common_words=True)
            ]
            others = others.exclude(pk__in=named)
        # Find the pk first: for_cards() would load the long rows of all stories.
        first = others.order_by(older_first, "-first_published_at", "-pk").values("pk")[:1]
        return StoryPage.objects.for_cards().filter(pk__in=first).first()


class StewardTask(AbstractGroupApprovalTask):
    """The workflow task in which a story steward confirms a story before it is published."""

    class Meta:
        verbose_name = _("story steward's approval")
        verbose_name_plural = _("story stewards' approvals")

    page: StoryPage | None = None

    def get_actions(self, obj: StoryPage, user: AbstractBaseUser) -> list[tuple]:
        self.page = obj  # Wagtail calls this before get_form_for_action, whose form needs the page
        if not super().get_actions(obj, user):
            return []
        return [
            ("reject", _("Request changes"), True),
            ("approve", _("Confirm"), True),
        ]

    def get_form_for_action(self, action: str) -> type[forms.Form]:
        if action != "approve":
            return super().get_form_for_action(action)
        return type("FormOfTask", (StewardForm,), {"task": self})

    def on_action(
        self, task_state: TaskState, user: AbstractBaseUser, action_name: str, **kwargs: object
    ) -> None:
        ticked = [name for name in StewardForm.CONFIRMATIONS if kwargs.pop(name, False)]
        if action_name == "approve":
            if len(ticked) < len(StewardForm.CONFIRMATIONS):
                raise PermissionDenied(gettext("The steward has not confirmed everything."))
            confirmed = " ".join(str(words) for words in StewardForm.CONFIRMATIONS.values())
            kwargs["comment"] = f"{confirmed} {kwargs.get('comment', '')}".strip()
        super().on_action(task_state, user, action_name, **kwargs)
