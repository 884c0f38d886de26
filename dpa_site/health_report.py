"""The report of the health checks in the CMS, for administrators."""

from django.contrib.auth.mixins import UserPassesTestMixin
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from dpa_site.observability import health_checks


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
