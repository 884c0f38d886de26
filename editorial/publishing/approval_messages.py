"""What Wagtail does not say or check about approvals."""

import json
from urllib.parse import urlencode

from django.contrib.messages import constants, get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.views.pages import workflow
from wagtail.models import Page, TaskState

from editorial.newer_versions import NEWEST, is_older


def before_edit_page(request: HttpRequest, page: Page) -> None:
    """If an approval or a request for changes is not accepted, save only the draft, and say why.

    Somebody else may have answered, cancelled the workflow, or saved other text while the editor
    was open. Wagtail would respond with an error if the page is in no workflow, and would publish
    the older text if there is a newer version.
    """
    if "action-workflow-action" not in request.POST:
        return
    reasons = _reasons_to_refuse(request, page)
    if not reasons:
        return
    data = request.POST.copy()
    del data["action-workflow-action"]
    request.POST = data  # type: ignore[assignment]  # the original is immutable, a copy is not
    if comment := _extra_data(request).get("comment"):
        reasons.append(_your_comment(comment))
    messages.error(request, " ".join(reasons))


def _reasons_to_refuse(request: HttpRequest, page: Page) -> list[str]:
    task, name = page.current_workflow_task, request.POST.get("workflow-action-name", "")
    actions = task.get_actions(page, request.user) if task else []
    if name not in {action for action, *_words in actions}:
        return [gettext("Your answer was not saved: the page no longer waits for it.")]
    latest = page.get_latest_revision()
    if latest and is_older(request, latest):
        setattr(request, NEWEST, latest)
        words = gettext(
            "Your answer was not saved. Somebody saved another version after you opened this page. "
            "You see it now. Read it before you answer. What was in your window is in the history."
        )
        return [words]
    form_class = task.get_form_for_action(name)
    if form_class is None:
        return []
    form = form_class(_extra_data(request))
    # Wagtail shows errors without a field at the form of the page.
    missing = [str(form[field].label) for field in form.errors if field in form.fields]
    if missing:
        words = gettext("Your answer was not saved, because this is missing: %(missing)s")
        return [words % {"missing": " ".join(missing)}]
    return []


def _extra_data(request: HttpRequest) -> dict:
    """What was entered in the window of the answer."""
    try:
        data = json.loads(request.POST.get("workflow-action-extra-data", "{}"))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _your_comment(comment: str) -> str:
    return gettext("Your comment was: “%(comment)s”") % {"comment": comment}


def after_edit_page(request: HttpRequest, page: Page) -> None:
    if newest := getattr(request, NEWEST, None):
        # The form has just been saved as the latest version. Make the newer text the latest again.
        newest.as_object().save_revision(
            user=request.user, log_action=True, previous_revision=newest
        )
        _leave_only_errors(request)
    if "action-workflow-action" in request.POST:
        show_result(request, page, request.POST.get("workflow-action-name", ""))


def _leave_only_errors(request: HttpRequest) -> None:
    """Drop Wagtail's message that the page was updated: only its history was."""
    for message in list(get_messages(request)):
        if message.level == constants.ERROR:
            messages.error(request, message.message)


class WorkflowAction(workflow.WorkflowAction):
    """Approves or requests changes on the dashboard or on the page itself."""

    def get_submit_url(self) -> str:
        """The URL with the time of the version that the page had when its form was opened."""
        return f"{super().get_submit_url()}?{urlencode({'version': self._version()})}"

    def _version(self) -> str:
        latest = self.object.get_latest_revision()
        return latest.created_at.isoformat() if latest else ""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        is_answered = self.task_state.status != TaskState.STATUS_IN_PROGRESS
        if is_answered or request.GET.get("version", self._version()) != self._version():
            return self._refuse()
        response = super().post(request, *args, **kwargs)
        self.task_state.refresh_from_db()
        if self.task_state.status != TaskState.STATUS_IN_PROGRESS:  # not if the form was invalid
            show_result(request, self.object, self.action_name)
        return response

    def _refuse(self) -> HttpResponse:
        words = gettext(
            "Your answer was not saved. Somebody answered, or saved another version, after you "
            "opened this page. Read the page again."
        )
        if comment := self.request.POST.get("comment"):
            words += " " + _your_comment(comment)
        messages.error(self.request, words)
        if self.request.headers.get("X-Requested-With") == "XMLHttpRequest":
            data = {"step": "success", "redirect": self.redirect_url}
            return self.render_modal_json(self.request, data)
        return redirect(self.redirect_url)


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
