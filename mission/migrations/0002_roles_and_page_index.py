"""Adds an index for menus and the groups of staff to a new Wagtail database.

Runs once, so later changes by administrators are preserved. There is no group for administrators:
they have Wagtail's own "Administrator" checkbox in the user form.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

EVERYWHERE = "add_page", "change_page"
PUBLISHING = *EVERYWHERE, "publish_page", "lock_page", "unlock_page"
TRANSLATING = "wagtail_localize.submit_translation"  # publishing translations is a separate permission
# Group: permissions on all pages, other permissions. For story stewards see stories/workflow.py.
ROLES = {
    "Writers": (EVERYWHERE, [TRANSLATING]),
    "Editors": (
        PUBLISHING,
        [
            *("actions.publish_action", "news.publish_news", TRANSLATING),
            *("site_settings.change_sitesettings", "wagtailredirects.add_redirect"),
            *("wagtailredirects.change_redirect", "wagtailredirects.delete_redirect"),
            *("editorial.add_wording", "editorial.change_wording"),
            *("editorial.delete_wording", "editorial.view_wording"),
        ],
    ),
    "Story stewards": ([], ["stories.publish_story"]),
    "Campaigners": (EVERYWHERE, ["actions.publish_action", "actions.use_signatures"]),
}
APPS = "actions", "editorial", "news", "site_settings", "stories", "wagtailredirects"


def make_roles(apps, schema_editor):
    for name in APPS:  # Django creates permissions only after the last migration
        config = apps.get_app_config(name)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    OfPages = apps.get_model("wagtailcore", "GroupPagePermission")
    OfCollections = apps.get_model("wagtailcore", "GroupCollectionPermission")
    root = apps.get_model("wagtailcore", "Page").objects.get(depth=1)
    uploads = list(
        OfCollections.objects.filter(group__name="Editors").values_list(
            "collection", "permission", "permission__codename"
        )
    )

    def permission(right):
        app, codename = right.split(".")
        return Permission.objects.get(content_type__app_label=app, codename=codename)

    for name, (pages, others) in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*map(permission, ["wagtailadmin.access_admin", *others]))
        for codename in pages:
            OfPages.objects.get_or_create(
                group=group, page=root, permission=permission(f"wagtailcore.{codename}")
            )
        for collection, right, codename in uploads:
            # With only the add permission, users change their own pictures; others' record consent.
            if not codename.startswith("change_") or name not in ("Writers", "Campaigners"):
                OfCollections.objects.get_or_create(
                    group=group, collection_id=collection, permission_id=right
                )


def replace_moderators(apps, schema_editor):
    """Creates the workflow in which editors approve pages in one step.

    Stories take two steps: stories/workflow.py.
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
        ("actions", "0001_initial"),
        ("editorial", "0001_initial"),
        ("news", "0001_initial"),
        ("site_settings", "0001_initial"),
        ("stories", "0001_initial"),
        ("wagtail_localize", "0016_rename_page_revision_translationlog_revision"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
        ("wagtailredirects", "0008_add_verbose_name_plural"),
    ]

    operations = [
        # Every menu shows the home page and its children: found without scanning all stories.
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS mission_pages_near_home ON wagtailcore_page"
            " (path varchar_pattern_ops) WHERE depth <= 3",
            "DROP INDEX IF EXISTS mission_pages_near_home",
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        migrations.RunPython(replace_moderators, migrations.RunPython.noop),
    ]
