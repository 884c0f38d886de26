from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Page, PageLogEntry

from editorial.sharing.links import CREATED, ENDED
from editorial.sharing.views import may_share
from staff.models import User


def register_draft_links_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    specific = page.specific
    if may_share(user, specific):
        url = reverse("draft_links", args=[page.pk])
        yield Button(specific.draft_sharing.title, url, icon_name="link", priority=80)


def register_draft_link_actions(actions: LogActionRegistry) -> None:
    actions.register_action(CREATED, _("Create link to draft"), _("Created a link to the draft"))

    @actions.register_action(ENDED)
    class DraftLinkEnded(LogFormatter):
        label = _("End link to draft")  # type: ignore[assignment]  # it may be lazy

        def format_message(self, log_entry: PageLogEntry) -> str:
            if "created_at" not in log_entry.data:  # erased with the page
                return gettext("Ended a link to the draft")
            created_at = localtime(datetime.fromisoformat(log_entry.data["created_at"]))
            words = gettext("Ended the link to the draft that was created on %(time)s")
            return words % {"time": date_format(created_at, "DATETIME_FORMAT")}
