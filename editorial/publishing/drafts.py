"""Word limits, which drafts may exceed: they are only enforced on publishing."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.admin.widgets import AdminAutoHeightTextInput

from editorial.validators import MaxWords


class CountedTextInput(AdminAutoHeightTextInput):
    """A text field that shows its word count while the editor types."""

    class Media:
        js = ["js/word-count.js"]

    def __init__(self, limit: int) -> None:
        super().__init__()
        controllers = f"{self.attrs.get('data-controller', '')} word-count".strip()
        self.attrs |= {
            "data-controller": controllers,
            "data-word-count-limit-value": limit,
            "data-word-count-within-text-value": _("{count} of {limit} words"),
            "data-word-count-over-text-value": _("{count} words: {over} too many"),
        }


def word_limit(field: models.Field) -> int | None:
    """Maximum number of words in `field`; None if there is no limit."""
    return next((check.limit for check in field.validators if isinstance(check, MaxWords)), None)


def _widget(field: models.Field) -> dict:
    limit = word_limit(field)
    return {"widget": CountedTextInput(limit) if limit else AdminAutoHeightTextInput}


register_form_field_override(models.TextField, override=_widget, exact_class=True)


class DraftForm(WagtailAdminPageForm):
    """Defers word limits until publishing, as Wagtail does with required fields."""

    def _get_validation_exclusions(self) -> set[str]:
        excluded = super()._get_validation_exclusions()  # type: ignore[misc]
        if self.is_deferred_validation:
            fields = self._meta.model._meta.fields
            excluded |= {field.name for field in fields if word_limit(field)}
        return excluded
