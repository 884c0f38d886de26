"""Campaigners may export and delete signatures, and open the gate."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def give(apps, schema_editor):
    config = apps.get_app_config("actions")  # Django makes permissions only after all migrations
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permission = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="actions", codename="use_signatures"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Campaigners"):
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('actions', '0005_taking_part'),
        ('mission', '0006_roles'),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
