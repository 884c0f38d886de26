"""The staff guide: renders the Markdown files of `docs/editors` inside the CMS.

Translated pages are in a folder for each language, such as `docs/editors/es`. A page that is
missing there is shown in English.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.generic import TemplateView
from markdown_it import MarkdownIt
from wagtail.admin.ui.components import Component
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.users.models import UserProfile

from staff.models import User

INDEX = settings.BASE_DIR / "docs/editors.md"
FOLDER = settings.BASE_DIR / "docs/editors"
DISMISSIBLE_ID = "guide"  # key in UserProfile.dismissibles
# A retention setting with its default, as `[48 hours](../configuration.md#retention "NAME")`. The
# CMS shows the current value instead of the link.
RETENTION_LINK = re.compile(
    r'\[(?P<value>\d+) (?P<unit>day|hour|día|hora)s?\]\([^)\s]*#retention "(?P<name>\w+)"\)'
)


def render(file: Path) -> tuple[str, SafeString]:
    """Return a guide page's title and its HTML, with links and images pointing to CMS URLs."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    text = RETENTION_LINK.sub(_current_period, file.read_text("utf-8"))
    _opening, heading, _closing, *rest = markdown.parse(text)
    for token in (child for block in rest for child in block.children or []):
        if token.type == "link_open":
            token.attrs["href"] = guide_url(Path(str(token.attrs["href"])).stem)
        elif token.type == "image":
            token.attrs["src"] = reverse("guide_picture", args=[Path(str(token.attrs["src"])).stem])
    html = markdown.renderer.render(rest, markdown.options, {})
    return heading.content, mark_safe(html)  # noqa: S308 - our own files, with raw HTML disabled


def _current_period(found: re.Match) -> str:
    value = getattr(settings, found["name"])
    return f"{value} {found['unit']}{'' if value == 1 else 's'}"


def find_file(name: str) -> tuple[Path, str]:
    """The file of a guide page, in the user's language if there is one, and its language."""
    language = (get_language() or "en").partition("-")[0]
    translated = FOLDER / language / f"{name or INDEX.stem}.md"
    if translated.is_file():
        return translated, language
    return (FOLDER / f"{name}.md" if name else INDEX), "en"


def guide_url(name: str) -> str:
    return reverse("guide") if name == INDEX.stem else reverse("guide_page", args=[name])


class GuideView(WagtailAdminTemplateMixin, TemplateView):
    """Shows one guide page, or the index if no name is given."""

    template_name = "cms/guide.html"
    header_icon = "help"
    breadcrumbs_items = ()

    def get_context_data(self, name: str = "", **kwargs: object) -> dict:
        file, language = find_file(name)
        if not file.is_file():
            raise Http404
        dismiss_welcome(cast("User", self.request.user))
        self.page_title, text = render(file)
        values = {"text": text, "is_index": not name, "language": language}
        return super().get_context_data(**kwargs) | values


def guide_picture(request: HttpRequest, name: str) -> FileResponse:
    file = FOLDER / f"{name}.webp"
    if not file.is_file():
        raise Http404
    return FileResponse(file.open("rb"), content_type="image/webp")


def dismiss_welcome(user: User) -> None:
    """Hide the welcome panel for a user who has opened the guide."""
    profile = UserProfile.get_for_user(user)
    if not profile.dismissibles.get(DISMISSIBLE_ID):
        profile.dismissibles[DISMISSIBLE_ID] = True
        profile.save(update_fields=["dismissibles"])


class WelcomePanel(Component):
    """Dashboard panel that offers the guide until the user opens the guide or dismisses it."""

    name, order, template_name = "welcome", 1, "cms/welcome.html"

    def __init__(self, user: User) -> None:
        self.user = user

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        profile = getattr(self.user, "wagtail_userprofile", None)
        return {
            "id": DISMISSIBLE_ID,
            "is_new": not (profile and profile.dismissibles.get(DISMISSIBLE_ID)),
        }
