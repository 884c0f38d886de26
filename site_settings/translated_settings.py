"""Translations of site settings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class LocalizedText:
    """A text and its language. `language` is empty if the text is in the page's language."""

    text: str
    language: str = ""


def other_languages() -> "list[tuple[str, StrOrPromise]]":
    return list(settings.LANGUAGES[1:])


class OtherLanguageBlock(blocks.StructBlock):
    """Texts of the site settings in another language."""

    language = blocks.ChoiceBlock(choices=other_languages, label=_("Language"))
    alert_text = blocks.CharBlock(
        required=False,
        max_length=200,
        label=_("Alert"),
        help_text=_("The alert above, in this language."),
    )
    tagline = blocks.CharBlock(required=False, max_length=200, label=_("Tagline"))
    footer_note = blocks.CharBlock(required=False, max_length=255, label=_("Footer note"))

    class Meta:
        icon = "globe"
        label = _("Language")


class OtherLanguagesBlock(blocks.StreamBlock):
    words = OtherLanguageBlock()

    def clean(self, value: blocks.StreamValue) -> blocks.StreamValue:
        cleaned = super().clean(value)
        written = [block.value["language"] for block in cleaned]
        for index, language in enumerate(written):
            if language in written[:index]:
                sentence = ValidationError(
                    _("This language is already in the list above. Remove one of the two.")
                )
                raise blocks.StreamBlockValidationError(block_errors={index: sentence})
        return cleaned
