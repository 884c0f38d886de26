"""What Wagtail does not say about approvals."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.views.pages import workflow
from wagtail.models import Page, TaskState


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
    if "action-workflow-action" in request.POST:
        show_result(request, page, request.POST.get("workflow-action-name", ""))


class WorkflowAction(workflow.WorkflowAction):
    """Answers that are given on the dashboard or on the page itself."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        self.task_state.refresh_from_db()
        if self.task_state.status != TaskState.STATUS_IN_PROGRESS:  # not if the form was invalid
            show_result(request, self.object, self.action_name)
        return response


def show_result(request: HttpRequest, page: Page, action: str) -> None:
    """Say what the user's approval, or request for changes, did to the page."""
    title = page.get_admin_display_title()
    page.refresh_from_db()
    task = page.current_workflow_task
    if action == "reject":
        words = gettext("Changes to “%(title)s” are requested.")
    elif task:
        words = gettext("“%(title)s” is approved. It now waits for “%(task)s”.")
    elif page.live and not page.scheduled_revision:
        words = gettext("“%(title)s” is approved and published.")
    else:
        words = gettext("“%(title)s” is approved and will be published at the scheduled time.")
    messages.success(request, words % {"title": title, "task": task.name if task else ""})
