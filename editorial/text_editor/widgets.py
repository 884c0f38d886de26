"""The text editor of the CMS. Wagtail finds it by a setting."""

from django.forms import Media
from django.utils.translation import gettext_lazy as _
from wagtail.admin.rich_text import DraftailRichTextArea

from editorial.text_editor.converter import Converter, block_types


class RichTextArea(DraftailRichTextArea):
    """Loses no words: what is pasted is cleaned before it is shown, and what is shown is saved."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.converter = Converter(self.features)
        # Links in pasted text are found by our script. Wagtail's handler shows the pasted text
        # without cleaning it.
        self.options["entityTypes"] = [
            {**entity, "onPaste": None} for entity in self.options.get("entityTypes", [])
        ]
        self.options["plugins"] = [
            *self.options.get("plugins", []),
            {
                "type": "PASTE",
                "blockTypes": block_types(self.features),
                "styles": [style["type"] for style in self.options.get("inlineStyles", [])],
                "hasLinks": "link" in self.features,
                "picturesText": _(
                    "Pictures are not pasted. Upload them, and add them as a picture block."
                ),
            },
        ]

    @property
    def media(self) -> Media:
        return super().media + Media(js=["js/draftail-paste.js"])
