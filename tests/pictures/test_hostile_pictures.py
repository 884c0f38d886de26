"""A picture that takes too much time or memory is refused, with an error beside its field."""

import struct
import time
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from pictures import cleaning
from pictures.cleaning import check_photograph, clean
from tests.pictures import hostile_pictures
from tests.pictures.hostile_pictures import (
    heif_grid,
    heif_with_metadata,
    lookup_table,
    matrix,
    profile,
    with_profile,
)
from tests.pictures.sample_photographs import photograph
from tests.pictures.test_uploads import add_in_chooser, add_several, replace
from tests.pictures.test_uploads import media as media

LITTLE_MEMORY = 80_000_000  # bytes; enough for small pictures of each format


def lying_avif(claimed: int) -> bytes:
    """An AVIF file of 4000 pixels in each direction whose head claims fewer."""
    data = BytesIO()
    Image.new("RGB", (4000, 4000)).save(data, "AVIF", speed=10, subsampling="4:4:4")
    size, claim = (struct.pack(">II", edge, edge) for edge in (4000, claimed))
    assert data.getvalue().count(size) == 1
    return data.getvalue().replace(size, claim)


@pytest.mark.parametrize(
    ("make", "memory", "seconds"),
    [
        (lambda: lying_avif(64), LITTLE_MEMORY, 20),
        (lambda: heif_grid(3000, 4, 64), LITTLE_MEMORY, 20),
        (lambda: heif_grid(1024, 31, 5000), 600_000_000, 2),
    ],
    ids=["AVIF", "memory of a grid", "time of a grid"],
)
def test_picture_that_takes_too_much_is_refused(
    make: Callable[[], bytes], memory: int, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "MAX_MEMORY", memory)
    monkeypatch.setattr(cleaning, "MAX_SECONDS", seconds)
    data = make()
    check_photograph(data, 25_000_000)  # the head looks harmless
    start = time.monotonic()
    with pytest.raises(ValidationError, match="damaged"):
        clean(data)
    assert time.monotonic() - start < seconds + 2
    assert clean(photograph("HEIF")).data


def test_no_photograph_is_opened_outside_the_limited_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("opened in this process")

    data = photograph("JPEG")
    monkeypatch.setattr(Image, "open", refuse)
    assert clean(data).difference_hash is not None


def test_head_that_takes_too_much_memory_is_refused() -> None:
    check_photograph(heif_with_metadata(2, 2, 1000), 25_000_000)
    with pytest.raises(ValidationError, match="damaged"):
        check_photograph(heif_with_metadata(60, 30, 1_000_000), 25_000_000)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    "content",
    [profile(matrix(), 20_000), profile(lookup_table(), 2_500)],
    ids=["time", "memory"],
)
def test_elements_of_color_profile_are_not_read(
    format_: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "MAX_MEMORY", LITTLE_MEMORY)
    monkeypatch.setattr(cleaning, "MAX_SECONDS", 5)
    found = clean(with_profile(format_, content))
    assert Image.open(BytesIO(found.data)).size == (60, 40)


def test_color_profile_with_elements_is_applied_as_in_browsers() -> None:
    content = profile(lookup_table(2), 1, hostile_pictures.swapped_colors())
    red, green, _blue = pixel(with_profile("PNG", content, "red"))
    assert green > 200 > 50 > red


def test_color_profile_larger_than_browsers_read_is_ignored() -> None:
    content = profile(matrix(), 1, hostile_pictures.swapped_colors())
    for padding, is_read in ((0, True), (5_000_000, False)):
        size = struct.pack(">I", len(content) + padding)
        found = pixel(with_profile("WEBP", size + content[4:] + bytes(padding)))
        assert (found[1] > 200) is is_read


def pixel(data: bytes) -> tuple[int, int, int]:
    return Image.open(BytesIO(clean(data).data)).convert("RGB").getpixel((5, 5))  # type: ignore[return-value]


@pytest.mark.usefixtures("home", "media")
@pytest.mark.parametrize("way", [add_several, add_in_chooser, replace])
def test_editor_reads_that_the_picture_is_too_complex(
    admin_client: Client, way: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "MAX_SECONDS", 2)
    upload = SimpleUploadedFile("a.heic", heif_grid(1024, 31, 5000))
    assert "damaged or too complex" in way(admin_client, upload).content.decode()
