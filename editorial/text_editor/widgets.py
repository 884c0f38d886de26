"""The text editor of the CMS, which the setting WAGTAILADMIN_RICH_TEXT_EDITORS names."""

from django.forms import Media
from django.utils.translation import gettext_lazy as _
from wagtail.admin.rich_text import DraftailRichTextArea

from editorial.text_editor.converter import Converter, block_types

FOOTNOTES = {
    "offerText": _("The pasted text has footnotes. Make them sources, listed below the page?"),
    "acceptText": _("Make them sources"),
    "declineText": _("Leave them as text"),
    "doneText": _("The footnotes are sources now. Press a mark in the text to edit its source."),
    "leftText": _(
        "Footnotes that are still text could not become sources: they are too long, have several "
        "links, or it is not clear which marks belong to them."
    ),
}


class RichTextArea(DraftailRichTextArea):
    """Cleans pasted text before the editor shows it, and saves all text that the editor shows."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.converter = Converter(self.features)
        # Our script makes links from pasted URLs. Wagtail's `onPaste` would show the pasted text
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
                "footnotes": FOOTNOTES if "source" in self.features else None,
            },
        ]

    @property
    def media(self) -> Media:
        return super().media + Media(js=["js/draftail-footnotes.js", "js/draftail-paste.js"])
