from itertools import count

from django.db import migrations, models
from django.db.models.functions import Upper


def rename_duplicates(apps, schema_editor):
    """Add a number to usernames that differ from an older account's only in case.

    None of these accounts could log in with a password.
    """
    users = apps.get_model("staff", "User").objects
    for user in users.order_by("pk"):
        if users.filter(username__iexact=user.username, pk__lt=user.pk).exists():
            names = (f"{user.username[:140]}-{number}" for number in count(2))
            user.username = next(n for n in names if not users.filter(username__iexact=n).exists())
            user.save(update_fields=["username"])


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0002_session_version_and_account_change'),
    ]

    operations = [
        migrations.RunPython(rename_duplicates, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(Upper('username'), name='staff_username_unique_without_case'),
        ),
    ]
