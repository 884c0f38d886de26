import re

from wagtail import blocks


class TelephoneBlock(blocks.CharBlock):
    """A number to call. It is the same in every language, so no translator can mistype it."""

    def get_translatable_segments(self, value: str) -> list:
        return []


class ContactValue(blocks.StructValue):
    @property
    def tel(self) -> str:
        """The number as a `tel:` link wants it."""
        return "".join(
            sign for sign in self.get("telephone") or "" if sign.isdigit() or sign == "+"
        )

    @property
    def parts(self) -> list[str]:
        """The number as it is written, in pieces between which a line may end."""
        return re.split("(?<=[-./])", self.get("telephone") or "")
