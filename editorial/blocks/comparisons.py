"""What “Compare” shows about blocks: no “None” for empty fields, and which blocks were moved."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.admin.compare import (
    BaseSequenceBlockComparison,
    BlockComparison,
    ListBlockComparison,
    StreamBlockComparison,
    StructBlockComparison,
    register_comparison_class,
)
from wagtail.admin.compare import StreamFieldComparison as WagtailStreamFieldComparison
from wagtail.blocks import Block
from wagtail.fields import StreamField


class StructComparison(StructBlockComparison):
    """Treats None like an empty text, because the form does not distinguish them."""

    def __init__(
        self,
        block: Block,
        exists_a: bool,
        exists_b: bool,
        val_a: Mapping | None,
        val_b: Mapping | None,
    ) -> None:
        super().__init__(block, exists_a, exists_b, without_none(val_a), without_none(val_b))

    def htmlvalue(self, val: Mapping) -> SafeString:
        return super().htmlvalue(without_none(val))


class MovedBlock:
    """The comparison of a block whose position has changed, with a note about the move."""

    def __init__(self, comparison: BlockComparison, before: int, after: int) -> None:
        self.comparison = comparison
        words = {"before": before, "after": after}
        self.note = _("Moved: was number %(before)d, is number %(after)d") % words

    def __getattr__(self, name: str) -> Any:
        return getattr(self.comparison, name)

    def htmlvalue(self, val: object) -> SafeString:
        return self._with_note(self.comparison.htmlvalue(val))

    def htmldiff(self) -> SafeString:
        return self._with_note(self.comparison.htmldiff())

    def _with_note(self, html: SafeString) -> SafeString:
        return format_html(
            '<p><span class="w-status w-status--primary">{}</span></p>{}', self.note, html
        )


class OrderComparison(BaseSequenceBlockComparison):
    """Says which blocks were moved. Wagtail only compares blocks by id, wherever they are."""

    def get_block_comparisons(self) -> list:
        before = [block.id for block in self.get_blocks_from_value(self.val_a)]
        after = [block.id for block in self.get_blocks_from_value(self.val_b)]
        moved = moved_ids(before, after)
        ids = iter(after)
        found = []
        for comparison in super().get_block_comparisons():  # type: ignore[misc]  # a mixin
            id_ = None if comparison.is_deleted() else next(ids)
            if id_ in moved:
                places = before.index(id_) + 1, after.index(id_) + 1
                found.append(MovedBlock(comparison, *places))
            else:
                found.append(comparison)
        return found


class StreamComparison(OrderComparison, StreamBlockComparison):
    pass


class ListComparison(OrderComparison, ListBlockComparison):
    pass


class StreamFieldComparison(WagtailStreamFieldComparison):
    def has_changed(self) -> bool:
        return super().has_changed() and self._filled(self.val_a) != self._filled(self.val_b)

    def _filled(self, value: object) -> object:
        """The stored blocks without their empty fields, which may be "", None or missing."""
        return filled(self.field.stream_block.get_prep_value(value))

    def htmldiff(self) -> SafeString:
        values = self.val_a, self.val_b
        if not all(map(self.has_block_ids, values)):
            return super().htmldiff()
        return StreamComparison(self.field.stream_block, True, True, *values).htmldiff()


def without_none(value: Mapping | None) -> Mapping | None:
    return value and {name: "" if one is None else one for name, one in value.items()}


def filled(value: object) -> object:
    if isinstance(value, dict):
        return {name: filled(one) for name, one in value.items() if one not in (None, "")}
    return [*map(filled, value)] if isinstance(value, list) else value


def moved_ids(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The ids that were moved, if all other ids kept their order."""
    common = set(before) & set(after)
    old, new = ([one for one in ids if one in common] for ids in (before, after))
    same = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = {one for start, _start, size in same for one in old[start : start + size]}
    return common - kept


register_comparison_class(StreamField, comparison_class=StreamFieldComparison)
