from collections.abc import Iterator

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Page, PageLogEntry

from actions import campaigns
from actions.choices import ActionType
from actions.models import ActionPage
from staff.models import User


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(codename="use_signatures")


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    detail = "participants/<int:pk>/"
    return [
        path("participants/", campaigns.ParticipantsView.as_view(), name="participants"),
        path("participants/retry/", campaigns.RetryDeliveriesView.as_view(), name="retry_webhooks"),
        path(detail, campaigns.ActionView.as_view(), name="campaign"),
        path(f"{detail}export/", campaigns.ExportView.as_view(), name="campaign_export"),
        path(
            f"{detail}rate-limit-exemption/",
            campaigns.RateLimitExemptionView.as_view(),
            name="campaign_exemption",
        ),
    ]


class CampaignerMenuItem(MenuItem):
    def is_shown(self, request: object) -> bool:
        return request.user.has_perm("actions.use_signatures")  # type: ignore[attr-defined]


@hooks.register("register_admin_menu_item")
def register_participants_menu_item() -> MenuItem:
    url = reverse("participants")
    return CampaignerMenuItem(_("Participants"), url, icon_name="group", order=250)


@hooks.register("register_page_header_buttons")
def register_participants_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    if not (page.specific_class is ActionPage and user.has_perm("actions.use_signatures")):
        return
    if page.specific.kind != ActionType.LETTER:
        yield Button(_("Participants"), reverse("campaign", args=[page.pk]), icon_name="group")


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("actions.delete", _("Delete data"), _("Deleted a participant's data"))
    actions.register_action(
        "actions.exempt_from_rate_limit",
        _("Rate limit exemption"),
        _("Paused the rate limit for an hour"),
    )

    @actions.register_action("actions.export")
    class ExportFormatter(LogFormatter):
        label = _("Export")  # type: ignore[assignment]

        def format_message(self, log_entry: PageLogEntry) -> str:
            count = log_entry.data.get("number", 0)
            words = ngettext(
                "Exported the data of %(n)d person", "Exported the data of %(n)d people", count
            )
            return words % {"n": count}

        def format_comment(self, log_entry: PageLogEntry) -> str:
            return gettext("Delete the file once it has been imported elsewhere.")
