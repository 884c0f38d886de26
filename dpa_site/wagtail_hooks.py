from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import AdminOnlyMenuItem, MenuItem
from wagtail.admin.ui.components import Component

from cms.panels import Panel
from dpa_site.caching import edge
from dpa_site.health_report import HealthReport, Problems
from site_settings.time_zone import format_with_time_zone


class Takedowns(Panel):
    """Warns that readers may see what was taken down, because an edge has not been emptied."""

    name, heading = "takedowns", _("Readers may see what was taken down")

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        message = _(
            "Not every server has deleted its copy of what was taken down at %(time)s. If the site "
            "has an outage, readers may see it again. Tell the people who run the site."
        )
        since = edge.not_emptied_since() if settings.EDGE_CACHE_ROOT else None
        words = message % {"time": format_with_time_zone(since)} if since else ""
        return {"panel": self, "empty_text": words}


@hooks.register("construct_homepage_panels")
def construct_homepage_panels(request: HttpRequest, panels: list[Component]) -> None:
    panels += [Problems(request, 18), Takedowns(request, 19)]


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [path("reports/health/", HealthReport.as_view(), name="health_report")]


@hooks.register("register_reports_menu_item")
def register_health_report() -> MenuItem:
    return AdminOnlyMenuItem(
        _("Health"), reverse("health_report"), icon_name="circle-check", order=70
    )


@hooks.register("insert_global_admin_css")
def insert_global_admin_css() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))
