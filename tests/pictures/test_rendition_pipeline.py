"""All renditions are made from one decoded picture and look like Wagtail's own renditions."""

from collections.abc import Callable
from io import BytesIO
from unittest.mock import patch

import pytest
from django.core.files.base import ContentFile, File
from PIL import Image, ImageChops, ImageDraw, ImageFile, ImageStat
from PIL.JpegImagePlugin import JpegImageFile
from wagtail.images.models import Filter, SourceImageIOError

from pictures.models import Picture
from pictures.rendition_pipeline import NotCleaned
from pictures.specs import SMALL
from tests import factories


@pytest.fixture(autouse=True)
def _by_worker(db: None, settings: object) -> None:
    settings.PICTURE_SIZES_BY_WORKER = True  # type: ignore[attr-defined]


def target(size: tuple[int, int], mode: str) -> Picture:
    """Lines on a gradient, so that any difference in crop or scale is visible."""
    width, height = size
    slope = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (slope, slope.rotate(180), slope)).convert(mode)
    draw = ImageDraw.Draw(image)
    for edge in range(0, width, width // 9):
        draw.line((edge, 0, width - edge, height), fill="red", width=9)
    if mode == "RGBA":
        image.putalpha(slope)
    data = BytesIO()
    image.save(data, "PNG" if mode == "RGBA" else "JPEG")
    name = "target.png" if mode == "RGBA" else "target.jpg"
    file = ContentFile(data.getvalue(), name=name)
    return Picture.objects.create(title="Target", file=file, consent=factories.no_one())


def opened(file: File) -> Image.Image:
    file.seek(0)
    return Image.open(file).convert("RGB")


def large() -> bytes:
    """A small file with many pixels."""
    data = BytesIO()
    Image.new("1", (9000, 7000)).save(data, "PNG")
    return data.getvalue()


def tiff() -> bytes:
    data = BytesIO()
    Image.new("RGB", (90, 70)).save(data, "TIFF")
    return data.getvalue()


@pytest.mark.parametrize("make", [large, tiff])
def test_pipeline_does_not_decode_file_that_was_not_cleaned(
    make: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier version may have stored such a file. The pipeline has no memory limit."""
    photo = target((2400, 1800), "RGB")
    photo.file.storage.delete(str(photo.file))
    photo.file.storage.save(str(photo.file), ContentFile(make()))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    for filter_ in (Filter("width-165"), *photo._filters([SMALL])):
        with pytest.raises(SourceImageIOError) as raised:
            Picture.objects.get().generate_rendition_file(filter_)
        assert isinstance(raised.value.__cause__, NotCleaned)


@pytest.mark.parametrize(
    ("size", "mode", "focus"),
    [
        ((2400, 1801), "RGB", (300, 200)),
        ((1501, 2200), "RGB", (750, 2100)),
        ((2600, 640), "RGB", (2500, 100)),  # not tall enough for a full-size social media crop
        ((700, 500), "RGBA", None),
        ((2000, 3), "RGB", None),
    ],
)
def test_pipeline_renditions_equal_wagtail_renditions(
    size: tuple[int, int], mode: str, focus: tuple[int, int] | None
) -> None:
    photo = target(size, mode)
    if focus:
        photo.focal_point_x, photo.focal_point_y = focus
        photo.focal_point_width = photo.focal_point_height = 40
        photo.save()
    specs = [spec for spec in photo.specs if "jpeg" in spec]
    assert len(specs) > 1
    photo.make_sizes(*specs)
    for spec in specs:
        ours = opened(photo.renditions.get(filter_spec=spec).file)
        theirs = opened(photo.generate_rendition_file(Filter(spec)))
        assert ours.size == theirs.size
        difference = ImageStat.Stat(ImageChops.difference(ours, theirs))
        assert max(difference.mean) < 4, spec


def test_pipeline_decodes_photograph_once() -> None:
    photo = factories.picture(size=(900, 600))
    decode = JpegImageFile.load_prepare
    with patch.object(JpegImageFile, "load_prepare", autospec=True, side_effect=decode) as decoded:
        photo.make_sizes()
    assert len(photo.sizes) == len(photo.specs) == 10
    assert decoded.call_count == 1
