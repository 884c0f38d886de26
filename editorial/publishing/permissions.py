"""Page permissions that depend on the page type.

Wagtail grants page permissions per subtree, so a grant on the home page covers all pages below it.
Some page types need a separate permission to publish.
"""

from django.contrib.auth.models import AbstractUser, AnonymousUser
from wagtail.models import PagePermissionTester


class Permissions(PagePermissionTester):
    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Denies deleting live pages to users who may not publish.

        Wagtail has the same rule, but runs two queries for it per row of a listing.
        """
        permissions = getattr(self, "permissions", None)  # superusers have no such attribute
        if self.page.live and permissions is not None and "publish" not in permissions:
            return False
        return super().can_delete(ignore_bulk)


class PublishPermissionMixin:
    """Mixin for page types that only users with `publish_permission` may publish, in any subtree.

    Must be the first base class.
    """

    publish_permission: str

    def permissions_for_user(self, user: AbstractUser | AnonymousUser) -> PagePermissionTester:
        tester = Permissions(user, self)
        if user.is_active and not user.is_superuser:
            tester.permissions.discard("publish")
            if "change" in tester.permissions and user.has_perm(self.publish_permission):
                tester.permissions.add("publish")
        return tester
