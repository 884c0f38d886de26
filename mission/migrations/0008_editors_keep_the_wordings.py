"""The list of words that hurt belongs to the editors."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def give_right(apps, schema_editor):
    config = apps.get_app_config("editorial")
    config.models_module = True  # Django makes rights only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    rights = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="editorial", content_type__model="wording"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Editors"):
        group.permissions.add(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("mission", "0007_sources"),
        ("editorial", "0002_first_wordings"),
    ]

    operations = [migrations.RunPython(give_right, migrations.RunPython.noop)]
