from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import ModelLogEntry, Page

from consent import changes, registry, views
from consent.descriptions import describe_changes
from consent.mixins import HasConsent
from consent.viewsets import ConsentViewSet
from staff.models import User


@hooks.register("register_admin_viewset")
def register_consent_viewset() -> ConsentViewSet:
    return ConsentViewSet("consent")


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    to_list = RedirectView.as_view(pattern_name="consent:index")
    return [
        # The former URL of the list of records.
        path("reports/consent/", to_list, name="consent_report"),
        path("reports/consent/search/", views.TextSearch.as_view(), name="consent_text_search"),
        path("withdraw/<str:label>/<int:pk>/", views.Withdraw.as_view(), name="consent_withdraw"),
    ]


@hooks.register("register_page_header_buttons")
def register_consent_buttons(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    page = page.specific
    if not isinstance(page, HasConsent):
        return
    if changes.may_change(user) or page.may_be_edited_by(user):
        url = reverse("consent:inspect", args=[page.consent_id])
        yield Button(_("Consent"), url, icon_name="user", priority=60)
    if registry.may_be_withdrawn_by(user, page.record):
        url = reverse("consent_withdraw", args=[page._meta.label_lower, page.pk])
        yield Button(_("Withdraw permanently"), url, icon_name="bin", priority=90)


# The next two hooks run before all others, so that the records are locked before any other row; see
# `HasConsent.lock_record`.
@hooks.register("before_delete_page", order=-1)
def before_delete_page(request: HttpRequest, page: Page) -> None:
    if request.method == "POST":
        registry.lock_records([page])


@hooks.register("before_bulk_action", order=-1)
def before_bulk_action(
    request: HttpRequest, action_type: str, objects: list, action: BulkAction
) -> None:
    registry.lock_records(objects)


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    @actions.register_action(changes.ACTION)
    class ConsentChanged(LogFormatter):
        label = _("Change consent")  # type: ignore[assignment]  # Wagtail accepts lazy text

        def format_message(self, log_entry: ModelLogEntry) -> str:
            return describe_changes(log_entry.data.get("changes", {}))
