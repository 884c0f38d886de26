from collections.abc import Iterator

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from consent import views
from consent.mixins import HasConsent
from staff.models import User


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("reports/consent/", views.ConsentReport.as_view(), name="consent_report"),
        path("reports/consent/search/", views.TextSearch.as_view(), name="consent_text_search"),
        path("withdraw/<str:label>/<int:pk>/", views.Withdraw.as_view(), name="consent_withdraw"),
    ]


@hooks.register("register_page_header_buttons")
def register_withdraw_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    page = page.specific
    if isinstance(page, HasConsent) and page.may_be_withdrawn_by(user):
        url = reverse("consent_withdraw", args=[page._meta.label_lower, page.pk])
        yield Button(_("Withdraw permanently"), url, icon_name="bin", priority=90)


@hooks.register("register_reports_menu_item")
def register_consent_report() -> MenuItem:
    return MenuItem(_("Consent"), reverse("consent_report"), icon_name="time", order=50)
