"""Copies of a picture are found by their file, or by a hash that survives scaling."""

from io import BytesIO
from random import Random

import pytest
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageEnhance

from pictures.models import Picture
from tests import factories

pytestmark = pytest.mark.django_db
FILE_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


def scene(seed: int, size: tuple[int, int] = (1200, 800)) -> Image.Image:
    """A picture of large shapes."""
    image = Image.new("RGB", size, "#cfd8dc")
    draw = ImageDraw.Draw(image)
    chance = Random(seed)  # noqa: S311 - the same shapes on each run
    for _shape in range(12):
        x, y, shade = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(255)
        draw.ellipse((x - 160, y - 120, x + 160, y + 120), fill=(shade, shade // 2, 255 - shade))
    return image


def saved(image: Image.Image, format_: str = "JPEG", quality: int = 90) -> Picture:
    data = BytesIO()
    image.save(data, format_, quality=quality)
    name = f"scene.{FILE_EXTENSIONS[format_]}"
    file = ContentFile(data.getvalue(), name)
    return Picture.objects.create(title="A scene", file=file, consent=factories.no_one())


@pytest.mark.parametrize("width", [1600, 600, 200])
@pytest.mark.parametrize(("format_", "quality"), [("JPEG", 30), ("WEBP", 50), ("PNG", 100)])
def test_scaled_and_recompressed_pictures_are_near_copies(
    width: int, format_: str, quality: int
) -> None:
    first = saved(scene(1))
    copy = saved(scene(1).resize((width, width * 2 // 3)), format_, quality)
    assert first.file_hash != copy.file_hash
    assert list(first.near_copies()) == [copy]
    assert list(copy.near_copies()) == [first]


def test_brighter_picture_is_near_copy() -> None:
    first = saved(scene(2))
    brighter = saved(ImageEnhance.Brightness(scene(2)).enhance(1.1))
    assert list(first.near_copies()) == [brighter]


def test_exact_copy_is_near_copy_and_picture_itself_is_not() -> None:
    first, again = saved(scene(3)), saved(scene(3))
    assert first.file_hash == again.file_hash
    assert list(first.near_copies()) == [again]


def test_different_pictures_are_not_near_copies() -> None:
    pictures = [saved(scene(seed)) for seed in range(8)]
    assert [list(picture.near_copies()) for picture in pictures] == [[]] * 8


def test_pictures_of_one_color_are_compared_by_file_only() -> None:
    teal, red = factories.picture("Teal"), factories.picture("Red")
    again = factories.picture("Teal")
    assert teal.difference_hash is None
    assert list(teal.near_copies()) == [again]
    assert not red.near_copies()


def test_drawings_are_compared_by_file_only() -> None:
    drawing, other = factories.drawing("A circle"), factories.drawing("Another circle")
    again = factories.drawing("A circle")
    assert drawing.difference_hash is None
    assert list(drawing.near_copies()) == [again]
    assert not other.near_copies()


def test_transparent_picture_is_compared_as_it_looks_on_white() -> None:
    shapes = scene(4).convert("RGBA")
    shapes.putalpha(shapes.convert("L").point(lambda value: 255 if value < 160 else 0))
    white = Image.new("RGBA", shapes.size, "white")
    white.alpha_composite(shapes)
    transparent, on_white = saved(shapes, "PNG"), saved(white.convert("RGB"))
    assert list(transparent.near_copies()) == [on_white]


def test_replaced_file_has_new_hash() -> None:
    picture, old = saved(scene(5)), saved(scene(5))
    data = BytesIO()
    scene(6).save(data, "JPEG")
    picture.file.save("new.jpg", ContentFile(data.getvalue()))
    assert not Picture.objects.get(pk=picture.pk).near_copies()
    assert not old.near_copies()
