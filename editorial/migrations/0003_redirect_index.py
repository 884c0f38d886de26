"""Adds an index to redirects, with which they are found despite upper and lower case."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("editorial", "0002_first_wordings"),
        ("wagtailredirects", "0008_add_verbose_name_plural"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX editorial_redirect_folded "
            "ON wagtailredirects_redirect (UPPER(NORMALIZE(old_path)))",
            "DROP INDEX editorial_redirect_folded",
        )
    ]
