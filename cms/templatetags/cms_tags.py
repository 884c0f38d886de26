from django import template
from django.template import Context
from django.utils.html import format_html
from wagtail.admin.templatetags.wagtailadmin_tags import bulk_action_choices
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from cms.outdated_forms import views as outdated_forms
from cms.outdated_forms.state import FIELD
from editorial.models import BasePage
from editorial.registry import page_types
from staff.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def stored_state_field(context: Context) -> str:
    """The hidden field that says what was stored when an edit form was opened."""
    view = context.get("view")
    if not outdated_forms.is_checked(view):
        return ""
    html = '<input type="hidden" name="{}" value="{}" autocomplete="off">'
    return format_html(html, FIELD, outdated_forms.stored_state(view))


@register.inclusion_tag("wagtailadmin/shared/buttons.html", takes_context=True)
def usable_bulk_actions(context: Context, app_label: str, model_name: str) -> dict:
    """The bulk actions of a list, without those that the user may do with none of its pages."""
    choices = bulk_action_choices(context, app_label, model_name)
    if types := _listed_types(context.get("view")):
        user = context["request"].user
        unusable = set()
        if not any(_may_publish(user, model) for model in types):
            unusable = {"publish", "unpublish"}
        elif not user.is_superuser and all(model.published_by_workflow for model in types):
            unusable = {"publish"}
        choices["buttons"] = [
            button
            for button in choices["buttons"]
            if (button.url or "").rstrip("/").rpartition("/")[2] not in unusable
        ]
    return choices


def _listed_types(view: object) -> list[type[BasePage]]:
    """The page types that a list can contain; none if it does not list pages."""
    listed = getattr(view, "model", None)
    if not isinstance(listed, type) or not issubclass(listed, Page):
        return []
    if parent := getattr(view, "parent_page", None):
        below = type(parent).allowed_subpage_models()
        if below and not any(model.allowed_subpage_models() for model in below):
            return list(below)
    return [model for model in page_types() if issubclass(model, listed)]


def _may_publish(user: User, model: type[BasePage]) -> bool:
    if user.is_superuser:
        return True
    if model.publish_permission:
        return user.has_perm(model.publish_permission)
    return page_permission_policy.user_has_permission(user, "publish")
