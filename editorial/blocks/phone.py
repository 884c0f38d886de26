import re
from string import digits

from wagtail import blocks


class TelephoneBlock(blocks.CharBlock):
    """A phone number. Not translatable, so that no translator can mistype it."""

    def get_translatable_segments(self, value: str) -> list:
        return []


class ContactValue(blocks.StructValue):
    @property
    def tel(self) -> str:
        """The phone number for a `tel:` link: digits and “+” only."""
        return "".join(char for char in self.get("telephone") or "" if char in f"+{digits}")

    @property
    def parts(self) -> list[str]:
        """The phone number as written, split after “-”, “.” and “/”, where a line may break."""
        return re.split("(?<=[-./])", self.get("telephone") or "")
