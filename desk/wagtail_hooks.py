from collections.abc import Iterator
from typing import cast

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import DismissibleMenuItem, MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import (
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import Button, ButtonWithDropdownFromHook
from wagtail.models import Page
from wagtail.query import PageQuerySet

from desk import guide
from desk.listings import Issues, News, Pages, Stories
from desk.panels import OWN
from desk.row_menu import RowMenu
from desk.views import DeadLinksReport
from staff.models import User


@hooks.register("construct_homepage_panels")
def lay_out_the_dashboard(request: HttpRequest, panels: list[Component]) -> None:
    """What waits comes first; Wagtail's recent edits and locked pages stay last."""
    # Our drafts say which of them wait in a workflow.
    panels[:] = [
        panel for panel in panels if not isinstance(panel, UserObjectsInWorkflowModerationPanel)
    ]
    for panel in panels:
        if isinstance(panel, WorkflowObjectsToModeratePanel):
            panel.order = 10
    panels.extend(kind(request, 20 + place) for place, kind in enumerate(OWN))
    panels.append(guide.Welcome(cast("User", request.user)))


@hooks.register("register_admin_viewset")
def listings() -> list[ViewSet]:
    return [Pages(), Issues(), Stories(), News()]


@hooks.register("construct_page_listing_buttons")
def write_menus_quickly(buttons: list[Button], page: Page, user: User, context: dict) -> None:
    for place, button in enumerate(buttons):
        if isinstance(button, ButtonWithDropdownFromHook):
            buttons[place] = RowMenu(button)


@hooks.register("construct_page_chooser_queryset")
def ask_for_all_at_once(pages: PageQuerySet, request: HttpRequest) -> PageQuerySet:
    """What Wagtail's chooser shows of each page, it would ask for row by row."""
    pages = pages.prefetch_workflow_states().annotate_approved_schedule()
    return pages.prefetch_related("locale")


@hooks.register("register_admin_urls")
def addresses() -> list[URLPattern]:
    return [
        path("reports/links/", DeadLinksReport.as_view(), name="dead_links_report"),
        path("guide/", guide.Guide.as_view(), name="guide"),
        path("guide/<slug:name>/", guide.Guide.as_view(), name="guide_page"),
        path("guide/<slug:name>.webp", guide.picture, name="guide_picture"),
    ]


@hooks.register("register_reports_menu_item")
def report() -> MenuItem:
    url = reverse("dead_links_report")
    return MenuItem(_("Broken links"), url, icon_name="link-external", order=60)


@hooks.register("register_admin_menu_item")
def guide_for_staff() -> MenuItem:
    return MenuItem(_("Guide"), reverse("guide"), icon_name="info-circle", order=10500)


@hooks.register("construct_help_menu")
def have_one_guide(request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail's own, and its news, are about Wagtail and lead to another host."""
    items[:] = [item for item in items if not isinstance(item, DismissibleMenuItem)]


@hooks.register("register_page_header_buttons")
def how_to(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    if name := guide.ABOUT.get(page.specific_class):
        yield Button(_("How to do this"), guide.address(name), icon_name="help", priority=90)
