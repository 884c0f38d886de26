"""The health checks in the CMS, for administrators: a report, and a panel on the dashboard."""

from django.contrib.auth.mixins import UserPassesTestMixin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms.panels import Panel, Row
from dpa_site.observability import health_checks
from dpa_site.observability.health_checks import State


class HealthReport(UserPassesTestMixin, WagtailAdminTemplateMixin, TemplateView):
    """Report of all health checks, made when the page is opened."""

    template_name = "cms/health.html"
    page_title = _("Health")
    header_icon = "circle-check"
    breadcrumbs_items = ()

    def test_func(self) -> bool:
        return self.request.user.is_superuser

    def get_context_data(self, **kwargs: object) -> dict:
        return super().get_context_data(**kwargs) | {"checks": health_checks.run_all()}


class Problems(Panel):
    """Tells administrators which checks found something."""

    name, heading = "problems", _("Problems with the site")

    def rows(self) -> list[Row]:
        if not self.user.is_superuser:
            return []
        return [
            Row(check.title, self.all_url(), check.sentence)
            for check in health_checks.run_all(cached=True)
            # Everybody sees the panels of takedowns and of the CDN.
            if check.state != State.OK and check.name != "purges"
        ]

    def all_url(self) -> str:
        return reverse("health_report")
