from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mission", "0014_picture_for_sharing")]

    operations = [
        migrations.AddField("searchentry", "published_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE mission_searchentry SET published_at = page.first_published_at "
            "FROM wagtailcore_page page WHERE page.id = page_id",
            migrations.RunSQL.noop,
        ),
    ]
