"""Adds an index for menus to Wagtail's table of pages, and adapts Wagtail's groups and workflow."""

from django.db import migrations


def replace_moderators(apps, schema_editor):
    """Turns Wagtail's workflow into one in which editors approve pages in one step.

    Stories take two steps: stories/workflow.py. For the groups of staff see staff/roles.py.
    """
    Group = apps.get_model("auth", "Group")
    Step = apps.get_model("wagtailcore", "GroupApprovalTask")
    for step in Step.objects.filter(name="Moderators approval"):
        step.groups.set(Group.objects.filter(name="Editors"))
    for model in (Step, apps.get_model("wagtailcore", "Workflow")):
        model.objects.filter(name="Moderators approval").update(name="Editors' approval")
    # Wagtail's default groups would confuse staff.
    Group.objects.filter(name="Moderators", user=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("mission", "0001_initial"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        # Every menu shows the home page and its children: found without scanning all stories.
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS mission_pages_near_home ON wagtailcore_page"
            " (path varchar_pattern_ops) WHERE depth <= 3",
            "DROP INDEX IF EXISTS mission_pages_near_home",
        ),
        migrations.RunPython(replace_moderators, migrations.RunPython.noop),
    ]
