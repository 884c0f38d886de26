"""The StreamField of this project, in an app that all apps with such a field may import."""

import json
from typing import Any

from wagtail import fields
from wagtail.blocks import StreamBlock, StreamValue


class StoredBlocks(StreamBlock):
    """Replaces the blocks of a field in migrations, and leaves stored values unchanged."""

    def to_python(self, value: Any) -> StreamValue:
        if isinstance(value, StreamValue):
            return value
        stored = json.loads(value) if isinstance(value, str) and value else value
        return StreamValue(self, stored or [], is_lazy=True)


class StreamField(fields.StreamField):
    """A StreamField whose migrations do not list its blocks.

    The column holds JSON whatever the blocks are, so adding or changing a block needs no migration.
    """

    def __init__(self, block_types: object = None, **kwargs: object) -> None:
        super().__init__(StoredBlocks() if block_types is None else block_types, **kwargs)

    def deconstruct(self) -> tuple[str, str, list, dict]:
        name, path, _block_types, kwargs = super().deconstruct()
        del kwargs["block_lookup"]
        return name, path, [], kwargs
