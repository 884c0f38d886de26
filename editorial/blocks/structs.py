from wagtail import blocks
from wagtail.models import Page

from editorial.blocks import comparisons
from editorial.public_pages import get_preloaded


class StructBlock(blocks.StructBlock):
    """Stores "" instead of None, because wagtail-localize cannot translate None."""

    def to_python(self, value: dict) -> blocks.StructValue:
        return super().to_python(self._without_none(value))

    def bulk_to_python(self, values: list[dict]) -> list[blocks.StructValue]:
        return super().bulk_to_python([self._without_none(value) for value in values])

    def _without_none(self, value: dict) -> dict:
        missing = {
            name: ""
            for name, child in self.child_blocks.items()
            if isinstance(child, blocks.CharBlock | blocks.TextBlock) and value.get(name) is None
        }
        return {**value, **missing}

    def get_comparison_class(self) -> type[comparisons.StructComparison]:
        return comparisons.StructComparison


class ListBlock(blocks.ListBlock):
    def get_comparison_class(self) -> type[comparisons.ListComparison]:
        return comparisons.ListComparison


class PageChooserBlock(blocks.PageChooserBlock):
    """Takes pages from `preloaded_pages` instead of the database, if all of them are preloaded."""

    def bulk_to_python(self, values: list[int | None]) -> list[Page | None]:
        found = get_preloaded(value for value in values if value)
        return (
            [found.get(value or 0) for value in values] if found else super().bulk_to_python(values)
        )
