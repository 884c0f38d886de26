"""Cleaning removes metadata from photographs and does not change how they look."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms

from pictures.cleaning import clean
from pictures.photographs import MAX_EDGE
from tests.pictures import sample_photographs
from tests.pictures.sample_photographs import MARK, photograph

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF"]


def raster(format_: str, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    data = BytesIO()
    Image.new(mode, size, "teal").save(data, format_)
    return data.getvalue()


def cleaned(data: bytes) -> Image.Image:
    return Image.open(BytesIO(clean(data).data))


def sentence(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        clean(data)
    (message,) = caught.value.messages
    return message


@pytest.mark.parametrize("format_", FORMATS)
def test_cleaning_removes_all_metadata(format_: str) -> None:
    found = clean(photograph(format_))
    assert MARK not in found.data
    assert sample_photographs.CREATOR.encode() not in found.data
    image = Image.open(BytesIO(found.data))
    assert not image.getexif()
    assert not {"xmp", "icc_profile", "comment", "photoshop", "exif"} & set(image.info)
    assert sample_photographs.stands_upright(image)


@pytest.mark.parametrize(
    ("format_", "extension"),
    [
        *(("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("AVIF", "avif")),
        *(("HEIF", "jpg"), ("GIF", "png")),
    ],
)
def test_cleaning_converts_to_web_formats(format_: str, extension: str) -> None:
    found = clean(photograph(format_))
    assert found.extension == extension
    assert found.rename("IMG_1.HEIC") == f"IMG_1.{extension}"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_cleaning_reads_byline_and_lists_removed_metadata(format_: str) -> None:
    found = clean(photograph(format_))
    assert found.byline == sample_photographs.CREATOR
    assert found.removed == (
        *("the location where it was taken", "details of the camera"),
        "the time when it was taken",
        "text about it",
    )


def test_byline_is_read_from_exif_or_iptc() -> None:
    data, exif = BytesIO(), Image.Exif()
    exif[315] = "Ana Ru--z"  # Pillow writes only ASCII, but cameras also write UTF-8
    sample_photographs.upright().save(data, "JPEG", exif=exif.tobytes())
    with_exif = data.getvalue().replace(b"--", "í".encode())
    assert clean(with_exif).byline == sample_photographs.CREATOR
    data = BytesIO()
    sample_photographs.upright().save(data, "JPEG")
    with_iptc = data.getvalue()[:2] + sample_photographs.iptc() + data.getvalue()[2:]
    assert clean(with_iptc).byline == MARK.decode()


def test_cleaning_ignores_damaged_metadata() -> None:
    data = BytesIO()
    exif = sample_photographs.exif().tobytes()[:40] + b"\xff" * 60
    sample_photographs.upright().save(
        data, "JPEG", exif=exif, xmp=b"<not xml" + MARK, icc_profile=b"none"
    )
    found = clean(data.getvalue())
    assert MARK not in found.data


def test_cleaning_of_plain_picture_reports_nothing() -> None:
    for format_ in FORMATS:
        found = clean(raster(format_))
        assert (found.removed, found.byline, found.left_out) == ((), "", "")


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF"])
def test_cleaning_keeps_first_frame_of_animation(format_: str) -> None:
    data = BytesIO()
    later = Image.new("RGB", (90, 60), "green")
    sample_photographs.upright().save(
        data, format_, save_all=True, append_images=[later], duration=100
    )
    found = clean(data.getvalue())
    assert found.left_out == "frames"
    image = Image.open(BytesIO(found.data))
    assert not getattr(image, "is_animated", False)
    assert sample_photographs.stands_upright(image)


@pytest.mark.parametrize(("format_", "left_out"), [("MPO", ""), ("HEIF", "pictures")])
def test_file_with_several_pictures_is_not_an_animation(format_: str, left_out: str) -> None:
    data = BytesIO()
    sample_photographs.upright().save(
        data, format_, save_all=True, append_images=[sample_photographs.upright()]
    )
    found = clean(data.getvalue())
    assert found.left_out == left_out
    assert found.extension == "jpg"


def swapped() -> bytes:
    """A color profile with red and green swapped."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {
        bytes(raw[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i
        for i in range(int.from_bytes(raw[128:132], "big"))
    }
    red, green = (slice(at[tag] + 4, at[tag] + 12) for tag in (b"rXYZ", b"gXYZ"))
    raw[red], raw[green] = raw[green], raw[red]
    return bytes(raw)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_cleaning_converts_color_profile_to_srgb(mode: str) -> None:
    data = BytesIO()
    Image.new("RGB", (20, 20), "red").convert(mode).save(data, "PNG", icc_profile=swapped())
    image = cleaned(data.getvalue())
    assert image.convert("RGB").getpixel((5, 5)) == (0, 255, 0)
    assert "icc_profile" not in image.info


def test_cleaning_converts_cmyk_to_srgb() -> None:
    data = BytesIO()
    sample_photographs.upright().convert("CMYK").save(data, "JPEG", quality=95)
    image = cleaned(data.getvalue())
    assert image.mode == "RGB"
    assert sample_photographs.stands_upright(image)


def test_cleaning_keeps_sixteen_bit_grayscale() -> None:
    data = BytesIO()
    Image.new("I;16", (20, 20), 32768).save(data, "PNG")
    assert cleaned(data.getvalue()).convert("L").getpixel((5, 5)) == 128


def test_cleaning_keeps_palette_transparency() -> None:
    data = BytesIO()
    palette = sample_photographs.upright().convert("P", palette=Image.Palette.ADAPTIVE)
    palette.save(data, "PNG", transparency=palette.getpixel((45, 50)))
    image = cleaned(data.getvalue())
    assert image.getpixel((45, 8)) == (255, 0, 0, 255)
    assert image.getpixel((45, 50))[3] == 0  # type: ignore[index]


def test_cleaning_downscales_48_megapixels() -> None:
    image = cleaned(raster("JPEG", (8064, 6048)))
    assert image.size == (MAX_EDGE, 3000)


def test_cleaning_rejects_too_many_pixels() -> None:
    for size in ((9000, 9000), (20_000, 20_000)):
        data = BytesIO()
        Image.new("1", size).save(data, "PNG")
        assert "64 million" in sentence(data.getvalue())


def test_cleaning_accepts_pixel_limit_and_rejects_more(
    settings: Any,
) -> None:
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 1_200
    assert cleaned(raster("PNG", (40, 30))).size == (40, 30)
    assert "million pixels" in sentence(raster("PNG", (1_201, 1)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raster("TIFF"), "damaged or is not a picture"),
        (b"<?php echo 1;", "damaged"),
        (b"<html><script>1</script></html>", "damaged"),
        (b"GIF89a/*<script>1</script>*/", "damaged"),
        (b"", "empty"),
        *((photograph(format_)[: len(photograph(format_)) // 2], "damaged") for format_ in FORMATS),
    ],
)
def test_cleaning_rejects_other_files(data: bytes, reason: str) -> None:
    assert reason in sentence(data)
