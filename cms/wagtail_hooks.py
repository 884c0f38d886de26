from collections.abc import Iterator
from typing import cast

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import DismissibleMenuItem, MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import (
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.query import PageQuerySet

from cms import bulk_actions, guide
from cms.listings import Pages, page_lists
from cms.panels import PANELS
from cms.views import BrokenLinksReport
from editorial.registry import page_type
from staff.models import User

# Runs after the hooks that refuse an action, or leave out objects.
hooks.register("before_bulk_action", bulk_actions.before_bulk_action, order=10)


@hooks.register("construct_homepage_panels")
def construct_homepage_panels(request: HttpRequest, panels: list[Component]) -> None:
    """Put pending work first; Wagtail's recent edits and locked pages stay last."""
    # Our Drafts panel shows the user's pages in a workflow, so Wagtail's panel is not needed.
    panels[:] = [
        panel for panel in panels if not isinstance(panel, UserObjectsInWorkflowModerationPanel)
    ]
    for panel in panels:
        if isinstance(panel, WorkflowObjectsToModeratePanel):
            panel.order = 10
    panels.extend(panel(request, 20 + index) for index, panel in enumerate(PANELS))
    panels.append(guide.WelcomePanel(cast("User", request.user)))


@hooks.register("register_admin_viewset")
def register_page_listings() -> list[ViewSet]:
    return [Pages(), *page_lists()]


@hooks.register("construct_page_chooser_queryset")
def prefetch_page_chooser(pages: PageQuerySet, request: HttpRequest) -> PageQuerySet:
    """Prefetch what the page chooser shows, which Wagtail would query once per row."""
    pages = pages.prefetch_workflow_states().annotate_approved_schedule()
    return pages.prefetch_related("locale")


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("reports/links/", BrokenLinksReport.as_view(), name="broken_links_report"),
        path("guide/", guide.GuideView.as_view(), name="guide"),
        path("guide/<slug:name>/", guide.GuideView.as_view(), name="guide_page"),
        path("guide/<slug:name>.webp", guide.guide_picture, name="guide_picture"),
    ]


@hooks.register("register_reports_menu_item")
def register_broken_links_report() -> MenuItem:
    url = reverse("broken_links_report")
    return MenuItem(_("Broken links"), url, icon_name="link-external", order=60)


@hooks.register("register_admin_menu_item")
def register_guide_menu_item() -> MenuItem:
    return MenuItem(_("Guide"), reverse("guide"), icon_name="info-circle", order=10500)


@hooks.register("construct_help_menu")
def construct_help_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Remove Wagtail's guide and news items, which are about Wagtail and link to another host."""
    items[:] = [item for item in items if not isinstance(item, DismissibleMenuItem)]


@hooks.register("insert_global_admin_js")
def insert_global_admin_js() -> SafeString:
    return format_html(
        '<script src="{}"></script><script src="{}"></script>'
        '<script src="{}" data-sentence="{}"></script>'
        '<script src="{}" data-sentence="{}"></script>',
        static("js/dialog-focus.js"),
        static("js/double-click.js"),
        static("js/refused-move.js"),
        gettext("This was not moved. Reload the page to see the order."),
        static("js/upload-forms.js"),
        gettext("The server did not answer and may not have saved this. Press the button again."),
    )


@hooks.register("register_page_header_buttons")
def register_guide_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    model = page_type(page)
    if model and model.guide_page:
        url = guide.guide_url(model.guide_page)
        yield Button(_("How to do this"), url, icon_name="help", priority=90)
