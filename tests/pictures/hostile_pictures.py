"""Small files that make libraries take much memory or time."""

import struct
from io import BytesIO

import pillow_heif
from PIL import Image

PROFILE_HEADER = 128  # bytes


# --- Color profiles


def profile(element: bytes, count: int, tags: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """An ICC profile with `tags` and a tag that refers `count` times to one processing element."""
    table = struct.pack(">HHI", 3, 3, count)
    position = 8 + len(table) + 8 * count
    elements = b"mpet" + bytes(4) + table + struct.pack(">II", position, len(element)) * count
    contents = ((b"D2B0", elements + element), *tags)
    start = PROFILE_HEADER + 4 + 12 * len(contents)
    entries, body = struct.pack(">I", len(contents)), b""
    for name, content in contents:
        entries += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I", start + len(body)) + b"lcms\x04\x30\0\0mntrRGB XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(PROFILE_HEADER, b"\0") + entries + body


def matrix() -> bytes:
    return b"matf" + bytes(4) + struct.pack(">HH12f", 3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)


def lookup_table(edge: int = 32) -> bytes:
    values = struct.pack(">f", 0.5) * (edge**3 * 3)
    return (
        b"clut" + bytes(4) + struct.pack(">HH", 3, 3) + bytes([edge] * 3).ljust(16, b"\0") + values
    )


def swapped_colors() -> tuple[tuple[bytes, bytes], ...]:
    """The tags of a profile whose red is the green of sRGB, and the other way round."""
    red, green, blue = (0x6FA2, 0x38F5, 0x0390), (0x6299, 0xB785, 0x18DA), (0x24A0, 0x0F84, 0xB6CF)
    names = (b"rXYZ", green), (b"gXYZ", red), (b"bXYZ", blue), (b"wtpt", (0xF6D6, 0x10000, 0xD32D))
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, 0x0233)  # a gamma of 2.2
    return (
        *((name, b"XYZ " + bytes(4) + struct.pack(">3I", *value)) for name, value in names),
        *((name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")),
    )


def with_profile(format_: str, content: bytes, color: str = "red") -> bytes:
    data = BytesIO()
    Image.new("RGB", (60, 40), color).save(data, format_, icc_profile=content, lossless=True)
    return data.getvalue()


# --- Grids of tiles


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def full_box(name: bytes, content: bytes, version: int = 0) -> bytes:
    return box(name, bytes((version, 0, 0, 0)) + content)


def _children(data: bytes) -> dict[bytes, bytes]:
    found, position = {}, 0
    while position < len(data):
        size, name = struct.unpack(">I4s", data[position : position + 8])
        found[name] = data[position : position + size]
        position += size
    return found


def heif_grid(edge: int, rows: int, size: int) -> bytes:
    """A HEIC file whose header claims `size` pixels in each direction.

    It has `rows` rows and columns of tiles, each `edge` pixels wide and high. The tiles share their
    bytes.
    """
    saved = BytesIO()
    tile = pillow_heif.from_pillow(Image.new("RGB", (edge, edge), "teal"))
    tile.save(saved, quality=10, chroma=420)
    boxes = _children(saved.getvalue())
    properties = _children(_children(boxes[b"meta"][12:])[b"iprp"][8:])
    decoder, pixels = properties[b"ipco"][8:], boxes[b"mdat"][8:]
    decoder = _children(decoder)[b"hvcC"]
    tiles = range(2, 2 + rows * rows)
    grid = struct.pack(">4B2H", 0, 0, rows - 1, rows - 1, size, size)
    sizes = b"".join(full_box(b"ispe", struct.pack(">II", one, one)) for one in (edge, size))
    associations = b"".join(struct.pack(">HBBB", one, 2, 0x81, 2) for one in tiles)
    items = full_box(b"infe", struct.pack(">HH", 1, 0) + b"grid\0", 2)
    items += b"".join(full_box(b"infe", struct.pack(">HH", one, 0) + b"hvc1\0", 2) for one in tiles)
    references = struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *tiles)
    start = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")

    def meta(position: int) -> bytes:
        locations = struct.pack(">HHHII", 1, 0, 1, position, len(grid))
        for one in tiles:
            locations += struct.pack(">HHHII", one, 0, 1, position + len(grid), len(pixels))
        return full_box(
            b"meta",
            full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + full_box(b"pitm", struct.pack(">H", 1))
            + full_box(b"iinf", struct.pack(">H", len(tiles) + 1) + items)
            + full_box(b"iref", box(b"dimg", references))
            + box(
                b"iprp",
                box(b"ipco", decoder + sizes)
                + full_box(b"ipma", struct.pack(">IHBB", len(tiles) + 1, 1, 1, 3) + associations),
            )
            + full_box(b"iloc", struct.pack(">BBH", 0x44, 0, len(tiles) + 1) + locations),
        )

    return start + meta(len(start) + len(meta(0)) + 8) + box(b"mdat", grid + pixels)


def heif_with_metadata(items: int, parts: int, size: int) -> bytes:
    """A HEIC file with `items` XMP items that each consist of `parts` times the same bytes."""
    saved = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "teal")).save(saved, quality=10, chroma=420)
    boxes = _children(saved.getvalue())
    properties = _children(_children(boxes[b"meta"][12:])[b"iprp"][8:])
    decoder, pixels = _children(properties[b"ipco"][8:])[b"hvcC"], boxes[b"mdat"][8:]
    numbers = range(2, 2 + items)
    entry = b"mime\0application/rdf+xml\0"
    infos = full_box(b"infe", struct.pack(">HH", 1, 0) + b"hvc1\0", 2)
    infos += b"".join(full_box(b"infe", struct.pack(">HH", one, 0) + entry, 2) for one in numbers)
    references = b"".join(box(b"cdsc", struct.pack(">HHH", one, 1, 1)) for one in numbers)
    sizes = full_box(b"ispe", struct.pack(">II", 64, 64))
    association = full_box(b"ipma", struct.pack(">IHBBB", 1, 1, 2, 0x81, 2))
    start = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")

    def meta(position: int) -> bytes:
        extent = struct.pack(">II", position + len(pixels), size)
        locations = struct.pack(">HHHII", 1, 0, 1, position, len(pixels))
        locations += b"".join(
            struct.pack(">HHH", one, 0, parts) + extent * parts for one in numbers
        )
        return full_box(
            b"meta",
            full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + full_box(b"pitm", struct.pack(">H", 1))
            + full_box(b"iinf", struct.pack(">H", items + 1) + infos)
            + full_box(b"iref", references)
            + box(b"iprp", box(b"ipco", decoder + sizes) + association)
            + full_box(b"iloc", struct.pack(">BBH", 0x44, 0, items + 1) + locations),
        )

    position = len(start) + len(meta(0)) + 8
    return start + meta(position) + box(b"mdat", pixels + b"x" * size)
