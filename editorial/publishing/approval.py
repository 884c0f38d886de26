"""Publishes pages that a workflow approved; see WAGTAIL_FINISH_WORKFLOW_ACTION.

Wagtail imports this module while it defines its models, so it imports nothing that needs models.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from wagtail.models import WorkflowState


def publish_approved(state: "WorkflowState", user: "AbstractUser | None" = None) -> None:
    """Publish the page of a finished workflow.

    Raises PublishingRefused if `user`, who approved the last step, may not publish the page.
    """
    from editorial.publishing.permissions import Permissions
    from editorial.publishing.rules import PublishingRefused

    page: Any = state.content_object
    permissions = page.permissions_for_user(user) if user else None
    if isinstance(permissions, Permissions) and (
        reason := permissions.reason_not_to_publish_approved()
    ):
        raise PublishingRefused(page, [reason])
    # Wagtail's check would refuse pages that only their workflow publishes.
    page.get_latest_revision().publish(user=user, skip_permission_checks=True)
