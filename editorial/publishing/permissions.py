"""What somebody may do with a page.

Wagtail gives rights by place in the tree, and what is given for the home page counts below it too:
some page types not everybody may publish who may publish pages.
"""

from django.contrib.auth.models import AbstractUser, AnonymousUser
from wagtail.models import PagePermissionTester


class Permissions(PagePermissionTester):
    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Not what is public, by those who may not publish.

        Wagtail knows that too, but asks the database whether a page is public, twice for each row
        of a list.
        """
        rights = getattr(self, "permissions", None)  # who may everything has no list of rights
        if self.page.live and rights is not None and "publish" not in rights:
            return False
        return super().can_delete(ignore_bulk)


class PublishedByRight:
    """First among the bases of a page type whose `publish_right` decides, wherever it stands."""

    publish_right: str

    def permissions_for_user(self, user: AbstractUser | AnonymousUser) -> PagePermissionTester:
        tester = Permissions(user, self)
        if user.is_active and not user.is_superuser:
            tester.permissions.discard("publish")
            if "change" in tester.permissions and user.has_perm(self.publish_right):
                tester.permissions.add("publish")
        return tester
