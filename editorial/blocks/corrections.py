from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from editorial.blocks.structs import StructBlock
from site_settings.dates.fields import DateBlock


class CorrectionBlock(StructBlock):
    """A dated correction."""

    date = DateBlock(label=_("Date"))
    text = blocks.CharBlock(label=_("Text"), help_text=_("What was wrong and what is correct."))

    class Meta:
        icon = "edit"
        label = _("Correction")
        description = _("What was wrong and when it was corrected.")
        preview_value = {"date": "2026-01-31", "text": "An earlier version gave the wrong year."}
        template = "blocks/correction.html"
