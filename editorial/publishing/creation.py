"""Lets users publish a new page if they may publish pages of its type."""

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.functional import cached_property
from wagtail.admin.views.pages import create

from editorial.publishing.permissions import permissions_for_new_page


class CreateView(create.CreateView):
    """Publishes what the user may publish; Wagtail asks for the permission to publish the parent.

    PublishingForm refuses what the user may not publish.
    """

    @cached_property
    def action_name_and_method(self) -> tuple[str, Callable[[], HttpResponse]]:
        args = self.request.user, self.parent_page, self.page_class
        if "action-publish" in self.request.POST and permissions_for_new_page(*args).can_publish():
            return "publish", self.publish_action
        return super().action_name_and_method
