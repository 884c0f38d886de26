"""The pattern library at /-/style/: every component and block in every state.

Available in development and tests only.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from wagtail import blocks
from wagtail.models import Locale, Page
from wagtail.rich_text import RichText

from editorial.blocks.body import BodyBlock
from issues.models import IssuePage
from mission.blocks import HomeBlock, IssueAreasBlock
from site_settings.models import SiteSettings
from stories.models import StoryPage

WORD = "Entkriminalisierungsbefürworterinnenversammlung"
LONG = f"A sentence that is much longer than this place is designed for, with {WORD} in the middle"
LONG_PARAGRAPH = f"<p>{LONG}, <b>in bold</b>, and <a href='/'>with a link</a>.</p>"
FORMS = ("empty", "mistakes", "thanks")
ERRORS = (404, 410, 500)
ISSUES = (1, 2, 3, 4, 5, 6, 7, 8, 12)  # the numbers of issues on the sample home pages
THEMES = ("paper", "butter", "marigold", "rose", "lilac", "mint", "jade", "plum", "night")


@dataclass
class Specimen:
    """One state of a block, rendered as on a public page."""

    name: str
    state: str
    html: SafeString


class SampleForm(forms.Form):
    """Every type of field that the site's forms use."""

    first_name = forms.CharField(required=False)
    email = forms.EmailField()
    zip_code = forms.RegexField(
        "^[0-9]{5}$", label="ZIP code", help_text="So that we know your lawmakers."
    )
    state = forms.ChoiceField(choices=[("", "Choose"), ("NM", "New Mexico"), ("VT", "Vermont")])
    message = forms.CharField(widget=forms.Textarea)
    days = forms.ChoiceField(choices=[("365", "One year"), ("1", LONG)], widget=forms.RadioSelect)
    where = forms.MultipleChoiceField(
        choices=[("site", "Here"), ("print", LONG)], widget=forms.CheckboxSelectMultiple
    )
    picture = forms.FileField(required=False)
    spanish = forms.BooleanField(label="Write to me in Spanish", required=False)
    agree = forms.BooleanField(label="I have read what happens to what I write here")


def style(request: HttpRequest) -> HttpResponse:
    """The page with all components and blocks."""
    pages = [*_live(IssuePage)[:2], *_live(StoryPage)[:2]]
    pages += [_without_picture(page) for page in pages]
    for page in pages[1:]:
        page.path = ""  # so that only the first page shows breadcrumbs
    loud = SiteSettings(alert_text=LONG, alert_until=timezone.now() + timedelta(days=1))
    context = {
        "themes": THEMES,
        "body_blocks": list(_specimens(BodyBlock(), request)),
        "home_blocks": list(_specimens(HomeBlock(), request)),
        "pages": pages,
        "list": Paginator(range(30), 10).page(2),
        "numbers": ISSUES,
        "states": FORMS,
        "errors": ERRORS,
        "long": LONG,
        "loud": {"site_settings": {"SiteSettings": loud}},
    }
    return render(request, "style/style.html", context)


def form(request: HttpRequest, state: str) -> HttpResponse:
    """A form in one state: empty, with validation errors, or the confirmation after it was sent."""
    mistakes = {"first_name": "Rosa", "email": "rosa@", "zip_code": "4411", "state": "VT"}
    context = {"state": state, "form": SampleForm(mistakes if state == "mistakes" else None)}
    return render(request, "style/form.html", context)


def error(request: HttpRequest, status: int) -> HttpResponse:
    """An error page."""
    return render(request, f"{status}.html", status=status)


def issue_areas(request: HttpRequest, count: int) -> HttpResponse:
    """The issue areas of a home page with `count` issues, of which every fourth has no picture."""
    live = list(_live(IssuePage))
    issues = []
    for position in range(count):
        issue = copy(live[position % len(live)]) if position % 4 != 3 else _without_picture(live[0])
        issue.pk = position + 1
        issues.append(issue)
    issues[-1].title = LONG
    value = IssueAreasBlock().normalize({"heading": "Issue areas"})
    return render(request, "style/issue_areas.html", {"issues": issues, "value": value})


def _live(model: type[Page]) -> QuerySet:
    return model.objects.live().filter(locale=Locale.get_default())


def _specimens(stream: blocks.StreamBlock, request: HttpRequest) -> Iterator[Specimen]:
    # A block that may appear only once on a page has an HTML id, so it appears only once here too.
    once = {name for name, limits in stream.meta.block_counts.items() if limits["max_num"] == 1}
    for name, block in stream.child_blocks.items():
        values = {"as previewed": block.get_preview_value()}
        if name not in once:
            values["long"] = _stretched(block, values["as previewed"])
            values["empty"] = block.normalize(block.get_default())
        for state, value in values.items():
            yield Specimen(str(block.label), state, block.render(value, {"request": request}))


def _without_picture(page: Page) -> Page:
    """A copy of the page with a long title and no picture."""
    page = copy(page)
    page.title, page.listing_picture = LONG, None  # type: ignore[attr-defined]
    if isinstance(page, StoryPage):
        page.portrait = None
    else:
        page.lead_picture = None  # type: ignore[attr-defined]
    return page


def _stretched(block: blocks.Block, value: Any) -> Any:
    """The same value with very long text in each field."""
    if isinstance(value, blocks.StructValue):
        children = block.child_blocks.items()  # type: ignore[attr-defined]
        return block.normalize({n: _stretched(child, value.get(n)) for n, child in children})
    if isinstance(block, blocks.ListBlock):
        return [_stretched(block.child_block, child) for child in value] * 2
    if isinstance(block, blocks.RichTextBlock):
        heading = f"<h2>{LONG}</h2>" if "h2" in block.features else ""
        return RichText((heading + LONG_PARAGRAPH) * 2)
    if type(block) in {blocks.CharBlock, blocks.TextBlock}:
        return LONG
    return value
