"""A double click on a button of the CMS submits the form once."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect
from wagtail.models import GroupApprovalTask, PageLogEntry, Workflow, WorkflowTask

from mission.models import StandardPage
from staff.models import User
from tests.browser.navigation import visit


@pytest.fixture
def submitted(database: Callable, draft: StandardPage) -> StandardPage:
    """A page in a workflow of two steps. An administrator may approve both."""
    with database():
        workflow = Workflow.objects.create(name="Two steps")
        for order, name in enumerate(("Read it", "Read it again")):
            task = GroupApprovalTask.objects.create(name=name)
            task.groups.add(Group.objects.get(name="Editors"))
            WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=order)
        draft.save_revision()
        workflow.start(draft, User.objects.filter(is_superuser=True).first())
    return draft


def test_double_click_approves_one_step(
    cms: Page, database: Callable, submitted: StandardPage
) -> None:
    prompts = []

    def answer(dialog: Dialog) -> None:
        prompts.append(dialog.type)
        dialog.accept()

    cms.on("dialog", answer)
    visit(cms, reverse("wagtailadmin_pages:edit", args=[submitted.pk]))
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Approve with comment").click()
    cms.get_by_role("dialog").get_by_role("button", name="Approve with comment").dblclick()
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    assert not prompts  # nothing is unsaved
    with database():
        assert PageLogEntry.objects.filter(action="wagtail.workflow.approve").count() == 1
        submitted.refresh_from_db()
        assert submitted.current_workflow_task.name == "Read it again"
