"""The buttons of the page editor."""

from typing import Any

from django.apps import apps
from django.forms import Media
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.admin.action_menu import ActionMenuItem, PublishMenuItem
from wagtail.models import Page

from editorial.publishing.permissions import Permissions, permissions_for_new_page


class FirstItem(ActionMenuItem):
    """Shows an item as the button beside the arrow of the menu.

    The Enter key in a text field clicks the first submit button of a form. So a hidden button that
    saves a draft comes first, and Enter publishes nothing.
    """

    def __init__(self, item: ActionMenuItem) -> None:
        super().__init__()
        self.item = item
        self.name = item.name

    def render_html(self, parent_context: Any = None) -> SafeString:
        shown = self.item.render_html(parent_context)
        return format_html('<button type="submit" hidden></button>{}', shown)

    @property
    def media(self) -> Media:
        return self.item.media


def construct_page_action_menu(
    items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]
) -> None:
    """Offer only what the user may do, and put what publishes the page first."""
    page = context.get("page")
    if context["view"] == "create":
        names = request.resolver_match.kwargs  # type: ignore[union-attr]  # the URL was resolved
        model = apps.get_model(names["content_type_app_name"], names["content_type_model_name"])
        items[:] = [item for item in items if item.name != "action-publish"]
        if permissions_for_new_page(request.user, context["parent_page"], model).can_publish():
            items.append(PublishMenuItem())
    elif page and not _may_finish_workflow(page, request):
        items[:] = [item for item in items if item.name != "approve"]
    # What is not first is in the menu behind the arrow.
    names_of_items: list[str | None] = [item.name for item in items]
    if "approve" in names_of_items:
        first = "approve"
    elif "action-publish" in names_of_items and not (page and page.current_workflow_state):
        first = "action-publish"
    else:
        return
    items.insert(0, FirstItem(items.pop(names_of_items.index(first))))


def _may_finish_workflow(page: Page, request: HttpRequest) -> bool:
    """False if the page waits for its last approval and the user may not publish it."""
    permissions, state = page.permissions_for_user(request.user), page.current_workflow_state
    may_publish = not isinstance(permissions, Permissions) or permissions.can_publish_approved()
    return may_publish or not state or not state.is_at_final_task
