from datetime import timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from consent import registry

SOON = timedelta(days=180)


class ConsentReport(WagtailAdminTemplateMixin, TemplateView):
    """Whose consent ends next, and whose has ended."""

    template_name = "consent/report.html"
    page_title = _("Consent")
    header_icon = "time"

    def get_context_data(self, **kwargs: object) -> dict:
        today = localdate()
        soon = registry.ending(expires_on__gt=today, expires_on__lte=today + SOON)
        ended = registry.ending(expires_on__lte=today)
        for thing in (*soon, *ended):
            thing.edit_url = registry.edit_url(thing)
        return super().get_context_data(**kwargs) | {"soon": soon, "ended": ended}
