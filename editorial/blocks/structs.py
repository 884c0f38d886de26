from wagtail import blocks
from wagtail.models import Page

from editorial.public_pages import known


class StructBlock(blocks.StructBlock):
    """Words that are missing are no words, and not nothing, which cannot be translated."""

    def to_python(self, value: dict) -> blocks.StructValue:
        return super().to_python(self._with_words(value))

    def bulk_to_python(self, values: list[dict]) -> list[blocks.StructValue]:
        return super().bulk_to_python([self._with_words(value) for value in values])

    def _with_words(self, value: dict) -> dict:
        missing = {
            name: ""
            for name, child in self.child_blocks.items()
            if isinstance(child, blocks.CharBlock | blocks.TextBlock) and value.get(name) is None
        }
        return {**value, **missing}


class PageChooserBlock(blocks.PageChooserBlock):
    """Asks for no page that the answer in hand knows already."""

    def bulk_to_python(self, values: list[int | None]) -> list[Page | None]:
        found = known(value for value in values if value)
        return (
            [found.get(value or 0) for value in values] if found else super().bulk_to_python(values)
        )

    def deconstruct(self) -> tuple:
        _path, *arguments = super().deconstruct()
        return ("wagtail.blocks.PageChooserBlock", *arguments)
