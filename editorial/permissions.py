"""Page types that not everybody may publish who may publish pages.

Wagtail gives rights by place in the tree, and what is given for the home page counts below it too.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from wagtail.models import PagePermissionTester


class PublishedByRight:
    """First among the bases of a page type whose `publish_right` decides, wherever it stands."""

    publish_right: str

    def permissions_for_user(self, user: AbstractBaseUser) -> PagePermissionTester:
        tester = PagePermissionTester(user, self)
        if user.is_active and not user.is_superuser:
            tester.permissions.discard("publish")
            if "change" in tester.permissions and user.has_perm(self.publish_right):
                tester.permissions.add("publish")
        return tester
