"""Publishing workflow of stories: an editor reads a story, then a story steward confirms it."""

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver
from django.utils.translation import gettext as _
from wagtail.models import (
    GroupApprovalTask,
    GroupPagePermission,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from stories.models import StewardTask, StoryIndexPage


@receiver(post_migrate)
def create_story_workflow(sender: AppConfig, **kwargs: object) -> None:
    """Create groups, tasks and workflow only once, so that changes by administrators are kept."""
    if sender.name != "stories" or StewardTask.objects.exists():
        return
    access = Permission.objects.filter(
        codename="access_admin", content_type__app_label="wagtailadmin"
    )
    groups = {}
    for name in ("Editors", "Story stewards"):
        groups[name] = Group.objects.get_or_create(name=name)[0]
        groups[name].permissions.add(*access)
    reading = GroupApprovalTask.objects.create(name=_("An editor reads the story"))
    reading.groups.add(groups["Editors"])
    confirming = StewardTask.objects.create(name=_("The story steward confirms it"))
    confirming.groups.add(groups["Story stewards"])
    workflow = Workflow.objects.create(name=_("Stories"))
    for order, task in enumerate((reading, confirming)):
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=order)
    for index in StoryIndexPage.objects.all():
        _assign_workflow(workflow, index)


@receiver(post_save, sender=StoryIndexPage)
def assign_workflow_to_new_list(instance: StoryIndexPage, created: bool, **kwargs: object) -> None:
    workflow = Workflow.objects.filter(workflow_tasks__task__in=StewardTask.objects.all()).first()
    if created and workflow:
        _assign_workflow(workflow, instance)


def _assign_workflow(workflow: Workflow, index: StoryIndexPage) -> None:
    WorkflowPage.objects.get_or_create(page=index, defaults={"workflow": workflow})
    # Approving the last task requires Wagtail's permission to publish the page.
    permissions = Permission.objects.filter(
        codename__in=["change_page", "publish_page"], content_type__app_label="wagtailcore"
    )
    for group in Group.objects.filter(name="Story stewards"):
        for permission in permissions:
            GroupPagePermission.objects.get_or_create(
                group=group, page=index, permission=permission
            )
