"""The groups of staff on a new site, and the permissions that each gets once.

Each app adds permissions with `role_permissions` of its AppConfig, a dict from role name to
permission names. There is no group for administrators: they have Wagtail's own "Administrator"
checkbox in the user form.
"""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Page

from staff.models import GrantedPermission

WRITING = ["wagtailcore.add_page", "wagtailcore.change_page"]
PUBLISHING = [
    *("wagtailcore.publish_page", "wagtailcore.lock_page", "wagtailcore.unlock_page"),
]
# Permissions on all pages. For story stewards see stories/workflow.py.
PAGE_PERMISSIONS: dict[str, list[str]] = {
    "Writers": WRITING,
    "Editors": WRITING + PUBLISHING,
    "Story stewards": [],
    "Campaigners": WRITING,
}
# Users with only the “add” permission may change their own uploads, but not those of others.
OWN_UPLOADS_ONLY = {"Writers", "Campaigners"}


def role_permissions() -> Iterator[tuple[str, str]]:
    """Yield role and permission, such as ("Editors", "news.publish_news")."""
    for role in PAGE_PERMISSIONS:
        yield role, "wagtailadmin.access_admin"
    for config in apps.get_app_configs():
        for role, names in getattr(config, "role_permissions", {}).items():
            for name in names:
                yield role, name


@transaction.atomic
def grant_new_permissions(**signal: object) -> None:
    """Give each role the permissions it was never given, so that administrators' changes stay.

    Runs after all migrations, so it also finds roles and permissions that a new version adds.
    """
    given = set(GrantedPermission.objects.values_list("role", "permission"))
    new = []
    for role, permissions in PAGE_PERMISSIONS.items():
        if (role, "") not in given:
            _create(role, permissions)
            new.append((role, ""))
    for role, name in role_permissions():
        if (role, name) not in given and (permission := _find(name)):
            for group in Group.objects.filter(name=role):
                group.permissions.add(permission)
            new.append((role, name))
    GrantedPermission.objects.bulk_create(
        GrantedPermission(role=role, permission=name) for role, name in new
    )


def _create(role: str, page_permissions: list[str]) -> None:
    """Create the group with its permissions on pages and uploads.

    Permissions on uploads are copied from Wagtail's group “Editors”. Roles in OWN_UPLOADS_ONLY get
    no “change” permission.
    """
    group, _created = Group.objects.get_or_create(name=role)
    root = Page.get_first_root_node()
    for name in page_permissions:
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=_find(name))
    uploads = GroupCollectionPermission.objects.filter(group__name="Editors")
    for collection, permission, codename in uploads.values_list(
        "collection", "permission", "permission__codename"
    ):
        if role not in OWN_UPLOADS_ONLY or not codename.startswith("change_"):
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection_id=collection, permission_id=permission
            )


def _find(name: str) -> Permission | None:
    """The permission, or None while the migrations of its app have not run."""
    app, codename = name.split(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename).first()
