"""Our simplified column templates render the same HTML as Wagtail's.

A failure after an upgrade means that Wagtail's templates have changed.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.context_processors import PermWrapper
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.html import parse_html
from django.utils.timezone import now
from wagtail.admin.ui.tables.pages import PageTable
from wagtail.admin.views.pages.listing import PageListingMixin
from wagtail.admin.widgets.button import ButtonWithDropdownFromHook
from wagtail.models import Page, PageViewRestriction

from cms.columns import CELL_TEMPLATES, EXPLORER_COLUMNS, build_columns
from cms.row_menu import RowMenu
from mission.models import HomePage
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import factories

OWN_COLUMNS = {column.name: column for column in build_columns(EXPLORER_COLUMNS)}
WAGTAIL_COLUMNS = {column.name: column for column in PageListingMixin.base_columns}


def live(story: StoryPage) -> Page:
    return story


def draft(story: StoryPage) -> Page:
    story.unpublish()
    return story


def changed(story: StoryPage) -> Page:
    story.save_revision()
    return StoryPage.objects.get()


def waiting(story: StoryPage) -> Page:
    story.unpublish()
    story.go_live_at = now() + timedelta(days=1)
    story.save_revision().publish()
    return StoryPage.objects.get()


def locked(story: StoryPage) -> Page:
    story.locked = True
    return story


def private(story: StoryPage) -> Page:
    PageViewRestriction.objects.create(page=story, restriction_type="login")
    return story


def list_of_stories(story: StoryPage) -> Page:
    return story.get_parent()


def home_of_site(story: StoryPage) -> Page:
    return HomePage.objects.get()


def found_elsewhere(story: StoryPage) -> Page:
    story.annotated_parent_page = story.get_parent()
    return story


KINDS = [
    *(live, draft, changed, waiting, locked, private),
    *(list_of_stories, home_of_site, found_elsewhere),
]


def request_by(user: User) -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


def test_three_columns_have_single_templates() -> None:
    assert set(CELL_TEMPLATES) == {"title", "latest_revision_created_at", "status"}
    assert CELL_TEMPLATES.keys() <= OWN_COLUMNS.keys() & WAGTAIL_COLUMNS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_row_html_equals_wagtail_html(
    story_index: StoryIndexPage, kind: Callable[[StoryPage], Page]
) -> None:
    page = kind(factories.StoryPageFactory(parent=story_index))
    for role in ("", "Editors", "Campaigners"):
        user = factories.UserFactory(is_superuser=not role)
        user.groups.set([Group.objects.get(name=role)] if role else [])
        context = {
            "row": None,
            "table": PageTable([], []),
            "request": request_by(user),
            "perms": PermWrapper(user),
            "show_locale_labels": True,
            "actions_next_url": "/admin/somewhere/",
        }
        for name, template in CELL_TEMPLATES.items():
            assert OWN_COLUMNS[name].cell_template_name == template
            ours, theirs = (
                to[name].render_cell_html(page, context) for to in (OWN_COLUMNS, WAGTAIL_COLUMNS)
            )
            assert parse_html(ours) == parse_html(theirs), (role, name)
        menu = ButtonWithDropdownFromHook(
            "",
            hook_name="register_page_listing_more_buttons",
            page=page,
            user=user,
            next_url="/admin/somewhere/",
            icon_name="dots-horizontal",
            attrs={"aria-label": "More options for “it”"},
        )
        assert menu.dropdown_buttons
        assert parse_html(RowMenu(menu).render_html()) == parse_html(menu.render_html({})), role
