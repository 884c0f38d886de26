"""Messages about approvals, which Wagtail does not give."""

from django.http import HttpRequest
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.models import Page


def after_edit_page(request: HttpRequest, page: Page) -> None:
    """Say what the user's approval, or request for changes, did to the page."""
    if "action-workflow-action" not in request.POST:
        return
    title = page.get_admin_display_title()
    page.refresh_from_db()
    task = page.current_workflow_task
    if request.POST.get("workflow-action-name") == "reject":
        words = gettext("Changes to “%(title)s” are requested.")
    elif task:
        words = gettext("“%(title)s” is approved. It now waits for “%(task)s”.")
    elif page.live and not page.scheduled_revision:
        words = gettext("“%(title)s” is approved and published.")
    else:
        words = gettext("“%(title)s” is approved and will be published at the scheduled time.")
    messages.success(request, words % {"title": title, "task": task.name if task else ""})
