"""Wagtail's own group and workflow name beside our roles would only puzzle staff.

"Moderators" goes where nobody is in it and nothing rests on it; elsewhere it stays, and
docs/accounts.md says what it may do. The workflow for pages is named after who reads them.
"""

from django.db import migrations


def retire_moderators(apps, schema_editor):
    Step = apps.get_model("wagtailcore", "GroupApprovalTask")
    group = apps.get_model("auth", "Group").objects.filter(name="Moderators").first()
    if group and not group.user_set.exists():
        steps = Step.objects.filter(groups=group)
        if all(step.groups.exclude(pk=group.pk).exists() for step in steps):
            group.delete()
    for model in (Step, apps.get_model("wagtailcore", "Workflow")):
        model.objects.filter(name="Moderators approval").update(name="Editors' approval")


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_links"),
        ("mission", "0008_editors_keep_the_wordings"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [migrations.RunPython(retire_moderators, migrations.RunPython.noop)]
