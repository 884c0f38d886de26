"""The way of a story to the public: an editor reads it, then its steward confirms it."""

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
def set_up(sender: AppConfig, **kwargs: object) -> None:
    """Makes groups, steps and workflow once; what an administrator then changes stays changed."""
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
        _lead_through(workflow, index)


@receiver(post_save, sender=StoryIndexPage)
def lead_stories_through_it(instance: StoryIndexPage, created: bool, **kwargs: object) -> None:
    workflow = Workflow.objects.filter(workflow_tasks__task__in=StewardTask.objects.all()).first()
    if created and workflow:
        _lead_through(workflow, instance)


def _lead_through(workflow: Workflow, index: StoryIndexPage) -> None:
    WorkflowPage.objects.get_or_create(page=index, defaults={"workflow": workflow})
    # Wagtail lets nobody take the last step who may not publish there.
    steps = Permission.objects.filter(
        codename__in=["change_page", "publish_page"], content_type__app_label="wagtailcore"
    )
    for group in Group.objects.filter(name="Story stewards"):
        for permission in steps:
            GroupPagePermission.objects.get_or_create(
                group=group, page=index, permission=permission
            )
