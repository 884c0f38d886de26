"""What Wagtail does not say about approvals."""

from django.http import HttpRequest
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.models import Page


def before_edit_page(request: HttpRequest, page: Page) -> None:
    """Save only the draft if the page no longer waits for this answer, and say so.

    Somebody else may have answered, or cancelled the workflow, while the editor was open. Wagtail
    answers with an error if the page is in no workflow.
    """
    if "action-workflow-action" not in request.POST:
        return
    task = page.current_workflow_task
    actions = task.get_actions(page, request.user) if task else []
    if request.POST.get("workflow-action-name") in {name for name, *_words in actions}:
        return
    data = request.POST.copy()
    del data["action-workflow-action"]
    request.POST = data  # type: ignore[assignment]  # the original is immutable, a copy is not
    messages.error(request, gettext("Your answer was not saved: the page no longer waits for it."))


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
