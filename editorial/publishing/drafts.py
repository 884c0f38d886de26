"""The form of drafts, and word limits, which are only enforced on publishing."""

from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.models import Page

from editorial.publishing.comments import (
    ignore_deleted_comments,
    keep_replies,
    kept_on_removed_blocks,
)
from editorial.validators import MaxWords


class CountedTextInput(AdminAutoHeightTextInput):
    """A text field that shows its word count while the editor types."""

    class Media:
        js = ["js/word-count.js"]

    def __init__(self, words: MaxWords) -> None:
        super().__init__()
        controllers = f"{self.attrs.get('data-controller', '')} word-count".strip()
        self.attrs |= {
            "data-controller": controllers,
            "data-word-count-limit-value": words.limit,
            "data-word-count-advised-value": words.advised,
            "data-word-count-within-text-value": _("{count} of {advised} words"),
            "data-word-count-long-text-value": _(
                "{count} words: {advised} are easier to read, {limit} are the limit"
            ),
            "data-word-count-over-text-value": _("{count} words: {over} too many"),
        }


def max_words(field: models.Field) -> MaxWords | None:
    """The limit of words in `field`; None if there is none."""
    return next((check for check in field.validators if isinstance(check, MaxWords)), None)


def _widget(field: models.Field) -> dict:
    words = max_words(field)
    return {"widget": CountedTextInput(words) if words else AdminAutoHeightTextInput}


register_form_field_override(models.TextField, override=_widget, exact_class=True)


class DraftForm(WagtailAdminPageForm):
    """Defers word limits until publishing, as Wagtail does with required fields."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # The script of the editor fills the slug a moment after a title is pasted. If somebody
        # publishes sooner, the form has no slug, and the page makes a slug from its title.
        if "slug" in self.fields and not (self.instance.pk and self.instance.live):
            self.fields["slug"].required = False
        if self.is_bound and "comments" in self.formsets:
            comments = self.formsets["comments"]
            keep_replies(comments, self.instance, self.for_user)
            # With those on blocks that “Undo” restored, which the latest version lacks.
            comments.queryset = self.instance.wagtail_admin_comments.all()
            ignore_deleted_comments(comments)

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("slug") == "" and not slugify(cleaned.get("title", ""), allow_unicode=True):
            self.add_error("slug", self.fields["slug"].error_messages["required"])
        return cleaned

    def save(self, commit: bool = True) -> Page:
        with kept_on_removed_blocks(self.formsets.get("comments"), self.instance):
            return super().save(commit)

    def _get_validation_exclusions(self) -> set[str]:
        excluded = super()._get_validation_exclusions()  # type: ignore[misc]
        if self.is_deferred_validation:
            fields = self._meta.model._meta.fields
            excluded |= {field.name for field in fields if max_words(field)}
        return excluded
