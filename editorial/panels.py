"""Panels of the page editor that show what fits the page and the user."""

from typing import Any

from wagtail.admin.panels import FieldPanel, PublishingPanel

from editorial.publishing.permissions import new_page_below


class TranslationPanel(FieldPanel):
    """A field panel that is hidden on pages in the main language."""

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self) -> bool:
            locale = self.instance.locale if self.instance.locale_id else None
            return super().is_shown() and bool(locale and not locale.is_default)


class SchedulePanel(PublishingPanel):
    """The schedule, with a sentence that depends on whether the user may publish the page.

    Wagtail asks for permissions on the page. A new page has no place in the page tree yet, so
    Wagtail's panel says that only other users may publish it.
    """

    class BoundPanel(PublishingPanel.BoundPanel):
        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            if not self.instance.pk:
                context["instance"] = new_page_below(
                    self.request.user, self.form.parent_page, type(self.instance)
                )
            return context
