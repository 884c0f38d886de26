from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from consent import views


@hooks.register("register_admin_urls")
def addresses() -> list[URLPattern]:
    return [path("reports/consent/", views.ConsentReport.as_view(), name="consent_report")]


@hooks.register("register_reports_menu_item")
def report() -> MenuItem:
    return MenuItem(_("Consent"), reverse("consent_report"), icon_name="time", order=50)
