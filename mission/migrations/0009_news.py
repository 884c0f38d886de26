"""News comes to the site: who speaks in it, and who publishes it."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def give_right(apps, schema_editor):
    config = apps.get_app_config("news")
    config.models_module = True  # Django makes rights only after the last migration
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    right = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="news", codename="publish_news"
    )
    # Moderators are Wagtail's own, and may have members.
    for group in apps.get_model("auth", "Group").objects.filter(name__in=["Editors", "Moderators"]):
        group.permissions.add(right)


class Migration(migrations.Migration):

    dependencies = [
        ('mission', '0008_editors_keep_the_wordings'),
        ('news', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='action_fund',
            field=models.CharField(blank=True, help_text='The name of its sister organization that lobbies; news says who speaks.', max_length=120, verbose_name='action fund'),
        ),
        migrations.RunPython(give_right, migrations.RunPython.noop),
    ]
