"""Page permissions that depend on the page type.

Wagtail grants page permissions per subtree, so a grant on the home page covers all pages below it.
Some page types need a separate permission to publish, `publish_permission`.
"""

from django.contrib.auth.models import AbstractUser, AnonymousUser
from wagtail.models import Page, PagePermissionTester
from wagtail.permissions import page_permission_policy


class Permissions(PagePermissionTester):
    def __init__(
        self, user: AbstractUser | AnonymousUser, page: Page, publish_permission: str
    ) -> None:
        super().__init__(user, page)
        if publish_permission and user.is_active and not user.is_superuser:
            self.permissions.discard("publish")
            if "change" in self.permissions and user.has_perm(publish_permission):
                self.permissions.add("publish")

    def can_copy(self) -> bool:
        """Denies copying to users who may not add pages, and copying a page that must be unique."""
        may_add = page_permission_policy.user_has_permission(self.user, "add")
        return may_add and self.page.max_count_per_parent != 1 and super().can_copy()

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Denies deleting live pages to users who may not publish.

        Wagtail has the same rule, but runs two queries for it per row of a listing.
        """
        permissions = getattr(self, "permissions", None)  # superusers have no such attribute
        if self.page.live and permissions is not None and "publish" not in permissions:
            return False
        return super().can_delete(ignore_bulk)
