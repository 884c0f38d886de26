from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import (
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.admin.viewsets.base import ViewSet

from desk.listings import Issues, News, Pages, Stories
from desk.panels import OWN
from desk.views import DeadLinksReport


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


@hooks.register("register_admin_viewset")
def listings() -> list[ViewSet]:
    return [Pages(), Issues(), Stories(), News()]


@hooks.register("register_admin_urls")
def addresses() -> list[URLPattern]:
    return [path("reports/links/", DeadLinksReport.as_view(), name="dead_links_report")]


@hooks.register("register_reports_menu_item")
def report() -> MenuItem:
    url = reverse("dead_links_report")
    return MenuItem(_("Dead links"), url, icon_name="link-external", order=60)
