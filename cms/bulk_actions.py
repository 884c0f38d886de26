"""Makes bulk actions report only what they changed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from wagtail.admin import messages
from wagtail.admin.views.bulk_action import BulkAction


def _has_tags(item: Any, values: dict) -> bool:
    names = {tag.strip().casefold() for tag in values["tags"].split(",")}
    return names <= {tag.name.casefold() for tag in item.tags.all()}


# For each bulk action, whether an object already is what the form asks for.
IS_ALREADY: dict[str, Callable[[Any, dict], bool]] = {
    "add_tags": _has_tags,
    "add_to_collection": lambda item, values: item.collection_id == values["collection"].pk,
    "assign_role": lambda user, values: values["role"] in user.groups.all(),
    "set_active_state": lambda user, values: user.is_active is values["mark_as_active"],
}


def before_bulk_action(
    request: HttpRequest, action_type: str, objects: list[Any], action: BulkAction
) -> HttpResponse | None:
    """Leave out objects that would not change, and say so. Wagtail counts them as changed."""
    is_already = IS_ALREADY.get(action_type)
    values = action.cleaned_form.cleaned_data
    same = [each for each in objects if is_already and is_already(each, values)]
    if same:
        sentence = ngettext(
            "%(count)d of the selected objects was like this already.",
            "%(count)d of the selected objects were like this already.",
            len(same),
        )
        messages.info(request, sentence % {"count": len(same)})
    # Wagtail acts on what is left in this list, and counts it.
    objects[:] = [each for each in objects if each not in same]
    if objects:
        return None
    if not same:
        messages.warning(request, gettext("Nothing was changed."))
    return redirect(action.next_url)
