import os
import re
import subprocess
import sys
import threading
import time
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from PIL import Image, ImageChops

from pictures import decoding_lock, photographs
from pictures.cleaning import check_photograph, clean
from tests.mutated_files import PICTURES, SVG, damaged_pictures, wrong_exif
from tests.pictures import sample_photographs
from tests.pictures.sample_photographs import photograph


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    data = BytesIO()
    image.save(data, format_, **options)
    return data.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(clean(data).data))


@pytest.mark.parametrize("name", PICTURES)
def test_files_are_valid_before_mutation(name: str) -> None:
    assert clean(PICTURES[name]).data


@pytest.mark.parametrize("seed", range(5))
def test_mutated_file_is_cleaned_or_refused(seed: int) -> None:
    refused = 0
    for _name, data in damaged_pictures(seed, 40):
        try:
            found = clean(data)
        except ValidationError:
            refused += 1
            continue
        if found.extension != "svg":
            assert min(Image.open(BytesIO(found.data)).size) > 0
    assert 0 < refused < 40


def test_exif_tag_of_wrong_type_does_not_stop_the_rotation() -> None:
    turned = sample_photographs.upright().transpose(Image.Transpose.ROTATE_90)
    image = opened(encoded(turned, "JPEG", exif=wrong_exif()))
    assert sample_photographs.stands_upright(image)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_made_upright(orientation: int) -> None:
    turn = {
        **{2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180},
        **{4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE},
        **{6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE},
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    upright = sample_photographs.upright()
    upright.paste("lime", (0, 0, 20, 20))  # top left
    stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[274] = orientation
    image = opened(encoded(stored, "PNG", exif=exif))
    assert image.size == (90, 60)
    assert image.getpixel((5, 5)) == (0, 255, 0)
    assert sample_photographs.stands_upright(image)


def test_damaged_frame_is_refused() -> None:
    data = bytearray(photograph("AVIF"))
    data[-200:-20] = bytes(180)
    with pytest.raises(ValidationError, match="damaged"):
        clean(bytes(data))


GRADIENT = Image.merge(
    "RGB",
    [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.effect_noise((256, 256), 50)],
).resize((400, 300))


@pytest.mark.parametrize(
    "size",
    [
        *('width="0.3" height="0.2"', 'width="0" height="0"', 'width="30vw" height="20vh"'),
        *('width="1e-9" height="1"', 'width="30" height="0.5"'),
    ],
)
def test_drawing_without_usable_size_is_refused(size: str) -> None:
    data = SVG.replace(b'width="30" height="20"', size.encode(), 1)
    with pytest.raises(ValidationError, match="no usable size"):
        clean(data)


@pytest.mark.parametrize("part", [b"<g/>", b"<g a=''/>"])
def test_drawing_with_too_many_parts_is_refused_before_it_is_parsed(part: bytes) -> None:
    with pytest.raises(ValidationError, match="too many shapes"):
        clean(SVG.replace(b"</svg>", part * 400_000 + b"</svg>"))


def test_drawing_in_another_encoding_is_recognized() -> None:
    assert clean(SVG.decode().encode("utf-16")).extension == "svg"
    assert clean(b"\xef\xbb\xbf<?xml version='1.0'?>\n" + SVG).extension == "svg"


# --- Memory


@pytest.mark.parametrize(
    ("mode", "size"), [("P", (900, 700)), ("LA", (900, 700)), ("RGB", (700, 901)), ("L", (900, 1))]
)
def test_resizing_by_bands_is_seamless(
    mode: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photographs, "MAX_EDGE", 400)
    image = GRADIENT.resize(size).convert(mode)
    monkeypatch.setattr(photographs, "BAND_HEIGHT", 10_000)
    whole = photographs._resize_by_bands(image)
    monkeypatch.setattr(photographs, "BAND_HEIGHT", 32)
    difference = ImageChops.difference(photographs._resize_by_bands(image), whole).convert("RGB")
    assert max(most for _least, most in difference.getextrema()) <= 1  # rounding
    assert max(whole.size) == 400


def test_pixel_limit_depends_on_memory_of_the_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "MAX_DECODED_BYTES", 40 * 30 * 8)
    image = Image.new("RGB", (40, 30))
    for format_ in ("PNG", "JPEG", "GIF", "BMP"):
        photographs.check_head(encoded(image, format_), 2000)
    for format_ in ("WEBP", "AVIF", "HEIF"):
        with pytest.raises(photographs.TooManyPixels):
            photographs.check_head(encoded(image, format_), 2000)


def test_head_of_photograph_is_checked_without_decoding_it() -> None:
    data = encoded(Image.new("1", (6000, 5000)), "PNG")
    check_photograph(data[:-33], 30_000_000)
    with pytest.raises(ValidationError, match="25 million"):
        check_photograph(data, 25_000_000)
    with pytest.raises(ValidationError, match="damaged"):
        check_photograph(SVG, 25_000_000)
    with pytest.raises(ValidationError, match="empty"):
        check_photograph(b"", 25_000_000)


def test_one_picture_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    count = threading.Lock()
    run = subprocess.run

    def observed(*args: Any, **kwargs: Any) -> subprocess.CompletedProcess:
        nonlocal running, most
        with count:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        found = run(*args, **kwargs)
        with count:
            running -= 1
        return found

    monkeypatch.setattr(subprocess, "run", observed)
    threads = [threading.Thread(target=clean, args=[photograph("PNG")]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, running) == (1, 0)


def test_most_threads_do_not_wait_for_other_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_lock, "MAX_WAIT_TO_WAIT", 0.05)
    monkeypatch.setattr(decoding_lock, "MAX_WAIT", 60)
    codes: list[str | None] = []
    start = time.monotonic()

    def upload() -> None:
        try:
            clean(photograph("PNG"))
        except ValidationError as error:
            codes.append(error.code)

    with decoding_lock.decoding_lock():
        threads = [threading.Thread(target=upload) for _ in range(8)]
        for thread in threads:
            thread.start()
        while sum(thread.is_alive() for thread in threads) > decoding_lock.MAX_WAITING:
            assert time.monotonic() - start < 5
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert codes == ["busy"] * (8 - decoding_lock.MAX_WAITING)
    assert clean(photograph("PNG")).data  # no thread decodes or waits any more


def test_some_threads_of_each_process_never_wait_for_pictures() -> None:
    text = (settings.BASE_DIR / "gunicorn.conf.py").read_text("utf-8")
    [threads] = re.findall(r"^threads = (\d+)$", text, re.MULTILINE)
    # One thread decodes while MAX_WAITING threads wait, and at least one more must be free.
    assert int(threads) > decoding_lock.MAX_WAITING + 1


def test_busy_process_leaves_connections_to_other_processes() -> None:
    text = (settings.BASE_DIR / "gunicorn.conf.py").read_text("utf-8")
    assert "\nworker_connections = threads + 2\n" in text


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_pictures_are_decoded_with_low_priority_in_the_active_language() -> None:
    def observe() -> tuple[int, str]:
        thread = threading.get_native_id()
        return os.getpriority(os.PRIO_PROCESS, thread), translation.get_language()

    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    for language in ("es", "en"):
        with translation.override(language):
            assert decoding_lock.decode(observe) == (min(own + 10, 19), language)


def test_all_decoding_has_low_priority() -> None:
    """`decode` starts a thread with low priority, and `cleaning` a process."""
    users = {
        path.name
        for path in (settings.BASE_DIR / "pictures").rglob("*.py")
        if "decoding_lock()" in path.read_text("utf-8")
    }
    assert users == {"cleaning.py", "decoding_lock.py"}
    assert "    os.nice(10)" in (settings.BASE_DIR / "pictures/decode.py").read_text("utf-8")


def test_upload_is_refused_if_other_pictures_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding_lock, "MAX_WAIT", 0.05)
    with decoding_lock.decoding_lock(), pytest.raises(ValidationError, match="Wait a minute"):
        clean(photograph("PNG"))
    assert clean(photograph("PNG")).data
