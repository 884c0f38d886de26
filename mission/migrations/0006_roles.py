"""The roles that staff work in, made once: what an administrator then changes stays changed.

An administrator is no role but Wagtail's own tick, "Administrator", in the form of a user.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

EVERYWHERE = "add_page", "change_page"
PUBLISHING = *EVERYWHERE, "publish_page", "lock_page", "unlock_page"
# Role: rights on all pages, other rights. Where story stewards work is said in stories/workflow.py.
ROLES = {
    "Writers": (EVERYWHERE, []),
    "Editors": (
        PUBLISHING,
        [
            *("actions.publish_action", "mission.change_sitesettings"),
            *("wagtailredirects.add_redirect", "wagtailredirects.change_redirect"),
            "wagtailredirects.delete_redirect",
        ],
    ),
    "Story stewards": ([], ["stories.publish_story"]),
    "Campaigners": (EVERYWHERE, ["actions.publish_action"]),
    # Wagtail's own, which may have members.
    "Moderators": ([], ["actions.publish_action", "stories.publish_story"]),
}
APPS = "actions", "mission", "stories", "wagtailredirects"


def make_roles(apps, schema_editor):
    for name in APPS:  # Django makes them only after the last migration
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
        if name == "Moderators" and not Group.objects.filter(name=name).exists():
            continue  # they were not wanted
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*map(permission, ["wagtailadmin.access_admin", *others]))
        for codename in pages:
            OfPages.objects.get_or_create(
                group=group, page=root, permission=permission(f"wagtailcore.{codename}")
            )
        for collection, right, codename in uploads:
            # Whoever may only add pictures changes their own; others' hold what people agreed to.
            if not codename.startswith("change_") or name not in ("Writers", "Campaigners"):
                OfCollections.objects.get_or_create(
                    group=group, collection_id=collection, permission_id=right
                )
    # One step on pages: an editor. (Two on stories: stories/workflow.py.)
    Step = apps.get_model("wagtailcore", "GroupApprovalTask")
    for step in Step.objects.filter(name="Moderators approval"):
        step.groups.add(Group.objects.get(name="Editors"))


class Migration(migrations.Migration):

    dependencies = [
        ('mission', '0005_keep_the_look'),
        ('actions', '0002_publish_right'),
        ('stories', '0004_publish_right'),
        ('wagtailadmin', '0001_create_admin_access_permissions'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('wagtaildocs', '0014_alter_document_file_size'),
        ('wagtailimages', '0027_image_description'),
        ('wagtailredirects', '0008_add_verbose_name_plural'),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
