"""The file types that a folder may contain, and the fields of each."""

from dataclasses import dataclass
from typing import cast

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StreamBlock
from wagtail.models import Page

from actions.models import ActionPage
from consent.models import ConsentFields
from issues.models import IssueIndexPage, IssuePage
from mission.models import HomePage, StandardPage, UrgentHelpPage
from news.models import NewsIndexPage, NewsPage
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage, StoryPage

COMMON_FIELDS = (
    *("title", "summary", "seo_title", "search_description", "content_note"),
    *("listing_picture", "social_picture", "last_reviewed", "next_review", "show_in_menus"),
)
CONSENT_FIELDS = tuple(
    field.name
    for field in ConsentFields._meta.get_fields()
    if field.name not in {"subject_key", "steward", "child_approved"}
)
# Alerts are urgent, so they are set only in the CMS.
SETTINGS_FIELDS = tuple(
    field.name
    for field in SiteSettings._meta.get_fields()
    if field.name not in {"id", "site", "other_languages"} and not field.name.startswith("alert_")
)
LEAD_FIELDS = ("lead_picture", "lead_caption")
DATED_FOLDERS = (
    "stories",
    "news",
)  # the files in these folders may say when their page was published


@dataclass(frozen=True)
class FileType:
    """`body` names the StreamField that the Markdown below the front matter fills."""

    model: type[Page]
    fields: tuple[str, ...]
    body: str = ""
    title: object = ""  # default if the file is missing

    @property
    def stream(self) -> StreamBlock | None:
        if not self.body:
            return None
        return self.field(self.body).stream_block  # type: ignore[attr-defined]

    def field(self, name: str) -> models.Field:
        return cast("models.Field", self.model._meta.get_field(name))


# Files at the top level of the folder.
TOP_LEVEL_FILES = {
    "home": FileType(
        HomePage,
        (
            *COMMON_FIELDS,
            *("hero_statement", "hero_picture", "hero_caption", "mission"),
            *("join_text", "join_page", "scroll_cue"),
        ),
        body="sections",
    ),
    "issues": FileType(IssueIndexPage, (*COMMON_FIELDS, "introduction"), title=_("Issues")),
    "stories": FileType(
        StoryIndexPage, (*COMMON_FIELDS, "introduction", "takes_stories"), title=_("Stories")
    ),
    "news": FileType(NewsIndexPage, (*COMMON_FIELDS, "introduction"), title=_("News")),
    "urgent-help": FileType(
        UrgentHelpPage,
        (*COMMON_FIELDS, *LEAD_FIELDS, "calls", "steps", "law", "lines", "sources", "checked_by"),
    ),
}
# Subfolders, in the order in which their pages are created.
SUBFOLDERS = {
    "issues": FileType(
        IssuePage,
        (*COMMON_FIELDS, *LEAD_FIELDS, "claims", "what_we_do", "call_to_action"),
        body="body",
    ),
    "stories": FileType(
        StoryPage,
        (
            *COMMON_FIELDS,
            *CONSENT_FIELDS,
            *("teller", "name_changed", "place", "is_sample", "portrait", "portrait_caption"),
            *("pull_quote", "issues"),
        ),
        body="body",
    ),
    "news": FileType(
        NewsPage,
        (*COMMON_FIELDS, "kind", "speaker", "is_sample", "press_contact", "issues"),
        body="body",
    ),
    "pages": FileType(
        StandardPage, (*COMMON_FIELDS, *LEAD_FIELDS, "shows_retention_periods"), body="body"
    ),
    "actions": FileType(
        ActionPage,
        (
            *COMMON_FIELDS,
            *LEAD_FIELDS,
            *("kind", "speaker", "is_sample", "what_follows", "goal"),
            *("letter_subject", "letter", "finder_text", "finder_url"),
            *("closes_on", "state", "result"),
        ),
        body="body",
    ),
}
