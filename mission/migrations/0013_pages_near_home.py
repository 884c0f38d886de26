from django.db import migrations


class Migration(migrations.Migration):
    """Home and what is right below it stand in each menu: found without a look at all stories."""

    dependencies = [
        ("mission", "0012_quick_exit_of_a_page"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS mission_pages_near_home ON wagtailcore_page"
            " (path varchar_pattern_ops) WHERE depth <= 3",
            "DROP INDEX IF EXISTS mission_pages_near_home",
        )
    ]
