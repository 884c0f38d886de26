"""Finds the pictures in all fields and blocks of a page."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import models
from wagtail.blocks import StreamValue, StructValue
from wagtail.blocks.list_block import ListValue
from wagtail.fields import StreamField

from pictures.models import Picture


class PictureUse(NamedTuple):
    field: str  # name of a field of the page
    picture: Picture
    caption: str


def uses_in_bodies(page: models.Model) -> Iterator[PictureUse]:
    """Pictures in the StreamFields of the page."""
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            for picture, caption in _within(getattr(page, field.name)):
                yield PictureUse(field.name, picture, caption)


def picture_uses(page: models.Model) -> Iterator[PictureUse]:
    """All pictures of the page. The caption of `lead_picture` is in the field `lead_caption`."""
    yield from uses_in_bodies(page)
    for field in page._meta.get_fields():
        if field.related_model is Picture and (picture := getattr(page, field.name)):
            caption_field = f"{field.name.removesuffix('_picture')}_caption"
            yield PictureUse(field.name, picture, getattr(page, caption_field, ""))


def _within(value: object, caption: str = "") -> Iterator[tuple[Picture, str]]:
    if isinstance(value, Picture):
        yield value, caption
    elif isinstance(value, StreamValue):
        for child in value:
            yield from _within(child.value)
    elif isinstance(value, ListValue):
        for item in value:
            yield from _within(item)
    elif isinstance(value, StructValue):
        for part in value.values():
            yield from _within(part, value.get("caption") or "")
