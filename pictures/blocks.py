from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StructBlockValidationError
from wagtail.images.blocks import ImageBlock

from pictures.models import Picture


class PictureBlock(ImageBlock):
    """A picture. If the block has no alt text, the alt text of the picture is used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Otherwise Wagtail derives the label from the block's name, which cannot be translated.
        self.child_blocks["image"].label = _("Picture")

    def get_form_state(self, value: Picture | None) -> dict:
        """Leave out an alt text that was copied from the picture."""
        return super().get_form_state(value) | {"alt_text": value.block_alt_text if value else ""}

    def clean(self, value: Picture | None) -> Picture | None:
        """Require no alt text: the publishing rules accept the alt text of the picture instead."""
        try:
            self.child_blocks["image"].clean(value)
        except ValidationError as error:
            raise StructBlockValidationError(block_errors={"image": error}) from error
        if value:
            # A copy of the picture's own alt text would become outdated.
            value.contextual_alt_text = value.block_alt_text
        return value

    class Meta:
        help_text = _("If you leave the alt text empty, that of the picture is used.")
