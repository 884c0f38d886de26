from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.forms import TaskStateCommentForm

from editorial.picture_uses import picture_uses


class StewardForm(TaskStateCommentForm):
    """The steward's confirmations. StewardTask sets `task`, which has the page."""

    CONFIRMATIONS = {
        "was_read": _("The person, or someone they trust, has read this version."),
        "words_are_safe": _("Nothing in the text, the title or the URL identifies the person."),
        "files_are_safe": _(
            "Nothing in the pictures, alt texts, captions or file names identifies the person."
        ),
    }
    task: Any = None  # a StewardTask; not imported, because its module imports this one

    was_read = forms.BooleanField(label=CONFIRMATIONS["was_read"])
    words_are_safe = forms.BooleanField(label=CONFIRMATIONS["words_are_safe"])
    files_are_safe = forms.BooleanField(label=CONFIRMATIONS["files_are_safe"])
    field_order = [*CONFIRMATIONS, "comment"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if page := self.page:
            self.fields["words_are_safe"].help_text = f"/{page.slug}/"
            self.fields["files_are_safe"].help_text = "; ".join(_files_of(page))

    @property
    def page(self) -> Any:
        return self.task and self.task.page and self.task.page.get_latest_revision_as_object()

    def clean(self) -> dict[str, Any] | None:
        reasons = list(self.page.publishing_errors()) if self.page else []
        if reasons:
            raise ValidationError([sentence for _field, sentence in reasons])
        return super().clean()


def _files_of(page: Any) -> Iterator[str]:
    """Yield text that is easily missed on the page: alt texts and names of downloadable files."""
    for use in picture_uses(page):
        yield gettext("alt text: “%(alt)s”") % {"alt": use.picture.alt}
    for block in page.body:
        if block.block_type == "download" and block.value["document"]:
            yield gettext("file: %(name)s") % {"name": block.value["document"].filename}
