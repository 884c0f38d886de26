"""Page permissions that depend on the page type.

Wagtail grants page permissions per subtree, so a grant on the home page covers all pages below it.
Some page types need a separate permission to publish (`publish_permission`). Stories are published
only by their workflow (`published_by_workflow`).
"""

from typing import Any, cast

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.utils.translation import gettext
from wagtail.models import Page, PagePermissionTester
from wagtail.permissions import page_permission_policy


class Permissions(PagePermissionTester):
    page: Any  # a BasePage, whose module imports this one

    def __init__(self, user: AbstractUser | AnonymousUser, page: Any) -> None:
        super().__init__(user, page)
        if page.publish_permission and user.is_active and not user.is_superuser:
            self.permissions.discard("publish")
            if "change" in self.permissions and user.has_perm(page.publish_permission):
                self.permissions.add("publish")

    def can_publish(self) -> bool:
        """Whether the user may publish the page without an approval."""
        may_skip_workflow = self.user.is_superuser or not self.page.published_by_workflow
        return may_skip_workflow and self.can_publish_approved()

    def can_publish_approved(self) -> bool:
        """Whether the page goes live when the user approves the last step of its workflow."""
        return super().can_publish()

    # In Wagtail, the next two methods return `can_publish()`, which is False for pages that only
    # their workflow publishes.
    def can_unschedule(self) -> bool:
        return self.can_publish_approved()

    def can_set_view_restrictions(self) -> bool:
        return self.can_publish_approved()

    def can_publish_subpage(self) -> bool:
        """Whether live copies and aliases may be made below this page.

        Wagtail calls this method. The form of a new page calls `permissions_for_new_page` instead.
        """
        models = type(self.page).creatable_subpage_models()
        may_skip_workflow = self.user.is_superuser or not all(
            getattr(model, "published_by_workflow", False) for model in models
        )
        return may_skip_workflow and super().can_publish_subpage()

    def reason_not_to_publish(self) -> str:
        """Why the user may not publish the page without an approval; empty if they may."""
        if self.can_publish():
            return ""
        if self.page.published_by_workflow:
            return gettext("This page is published by its workflow. Submit it for approval.")
        return gettext("You may not publish this page. Submit it for approval.")

    def reason_not_to_publish_approved(self) -> str:
        """Why the page cannot go live with the user's approval; empty if it can."""
        if self.can_publish_approved():
            return ""
        return gettext("You may not publish this page, so somebody else must approve it.")

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


def permissions_for_new_page(
    user: AbstractUser | AnonymousUser, parent: Page, model: type[Page]
) -> PagePermissionTester:
    """The permissions that `user` will have for their new page below `parent`."""
    return new_page_below(user, parent, model).permissions_for_user(user)


def new_page_below(user: AbstractUser | AnonymousUser, parent: Page, model: type[Page]) -> Page:
    """An unsaved page that answers which permissions `user` has for a new page below `parent`."""
    return model(path=parent.path, depth=parent.depth + 1, owner=cast("AbstractUser", user))
