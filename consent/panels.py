"""The read-only summary of consent in the forms of stories and pictures."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.panels import Panel

from consent.descriptions import facts, publishing_requirements
from consent.mixins import HasConsent


def summarize(item: HasConsent) -> dict:
    """Context of `consent/summary.html`."""
    record, is_story = item.record, item.is_story
    return {
        "record": record,
        "facts": facts(record, is_story=is_story),
        "errors": publishing_requirements(record, is_story=is_story),
    }


class ConsentPanel(Panel):
    """Shows what is agreed. It has no fields: consent is changed on a separate screen."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "consent/summary.html"

        def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict:
            return super().get_context_data(parent_context) | summarize(self.instance)
