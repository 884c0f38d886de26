"""Makes the font files in static/fonts/ and their rules in static/css/fonts.css.

    npm pack @fontsource-variable/bricolage-grotesque@5.3.0
    npm pack @fontsource-variable/atkinson-hyperlegible-next@5.3.0
    python -m dpa_site.devtools.fonts DIRECTORY   # with the *.woff2 files of both packages
    deno fmt static/css/fonts.css

English and Spanish need only the first file of each family. Browsers load another file only for a
page that contains one of its characters.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from fontTools.varLib import instancer

MARKS = frozenset(range(0x300, 0x330))  # they combine with a letter
SOFT_HYPHEN = 0xAD
ENGLISH_AND_SPANISH = frozenset(
    (*range(0x20, 0x7F), *map(ord, "\u00a0¡§©«·»¿ÁÉÍÑÓÚÜáéíñóúü–—‘’“”•…"))
)
CHARACTERS = frozenset(
    (
        *range(0xA1, 0x250),  # Latin
        *map(ord, "ʻʼ"),  # letters of Hawaiian and Navajo
        *MARKS,
        *range(0x1E00, 0x1F00),  # Latin, mostly Vietnamese
        *map(ord, "‰‚„†′″‹›⁄№™ℓ−∕"),
        *range(0x20A0, 0x20D0),  # currencies
    )
)
# Keys: characters that the source fonts lack. Values: characters that look the same.
LOOK_ALIKES = {0x2BB: 0x2018, 0x2BC: 0x2019}
FEATURES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk"]

BRICOLAGE = "bricolage-grotesque-{}-standard-normal"
ATKINSON = "atkinson-hyperlegible-next-{}-wght-normal"
HEADING = {"opsz": 48, "wdth": 82, "wght": (400, 800)}
TEXT = {"wght": (400, 700)}
# Atkinson lacks Vietnamese letters and ō. They come from Bricolage, with axes for running text.
STAND_IN = {"opsz": 14, "wdth": 100, "wght": (400, 700)}
STAND_IN_METRICS = """
  size-adjust: 94%;
  ascent-override: 104.7%;
  descent-override: 33.6%;"""
HEADER = """\
/* Web fonts, made by dpa_site/devtools/fonts.py. Their fallbacks are in tokens.css. If several
   rules have a character, browsers use the last. */
"""


@dataclass
class Part:
    """A file of a family, with the characters that no earlier file of the family has."""

    family: str
    file: str
    source: str
    axes: dict
    metrics: str = ""


PARTS = [
    Part("Bricolage", "bricolage-grotesque", BRICOLAGE.format("latin"), HEADING),
    Part("Bricolage", "bricolage-grotesque-latin-1", BRICOLAGE.format("latin"), HEADING),
    Part("Bricolage", "bricolage-grotesque-vietnamese", BRICOLAGE.format("vietnamese"), HEADING),
    Part("Bricolage", "bricolage-grotesque-latin-2", BRICOLAGE.format("latin-ext"), HEADING),
    Part("Atkinson", "atkinson-next", ATKINSON.format("latin"), TEXT),
    Part("Atkinson", "atkinson-next-latin-1", ATKINSON.format("latin"), TEXT),
    Part("Atkinson", "atkinson-next-latin-2", ATKINSON.format("latin-ext"), TEXT),
    *(
        Part("Atkinson", f"atkinson-next-{n}", BRICOLAGE.format(name), STAND_IN, STAND_IN_METRICS)
        for n, name in (("vietnamese", "vietnamese"), ("latin-3", "latin-ext"))
    ),
]


def make_font(part: Part, sources: Path, present: set[int]) -> set[int]:
    """Write the file of `part`, and return its characters.

    `present` are the characters of earlier files of the family, which this file leaves out. The
    first file has the characters of English and Spanish.
    """
    font = TTFont(sources / f"{part.source}.woff2", recalcTimestamp=False)
    instancer.instantiateVariableFont(font, part.axes, inplace=True)
    for glyph in font.getGlyphOrder():
        font["gvar"].variations.setdefault(glyph, [])  # the subsetter needs an entry per glyph
    if ord("%") in _codes(font):
        _add_per_mille(font)
    for table in font["cmap"].tables:
        table.cmap |= {
            code: table.cmap[other] for code, other in LOOK_ALIKES.items() if other in table.cmap
        }
    wanted = CHARACTERS - present if present else ENGLISH_AND_SPANISH
    found = set(wanted & _codes(font))
    options = subset.Options(layout_features=FEATURES, flavor="woff2")
    subsetter = subset.Subsetter(options)
    # A combining mark joins a letter only if one file has both, so later files repeat the marks.
    marks = MARKS & _codes(font) if present else set()
    subsetter.populate(unicodes=found | marks)
    subsetter.subset(font)
    subset.save_font(font, settings.BASE_DIR / f"static/fonts/{part.file}.woff2", options)
    return found


def _codes(font: TTFont) -> set[int]:
    return set(font.getBestCmap() or ())


def _add_per_mille(font: TTFont) -> None:
    """Draw ‰, which both source fonts lack, as % and the ring of °."""
    percent, ring, name = "percent", "degree", "perthousand"
    glyphs, widths, variations = font["glyf"], font["hmtx"], font["gvar"].variations
    drop = glyphs[percent].yMin - glyphs[ring].yMin
    pen = TTGlyphPen(glyphs.glyphs)
    pen.addComponent(percent, (1, 0, 0, 1, 0, 0))
    pen.addComponent(ring, (1, 0, 0, 1, widths[percent][0], drop))
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    glyphs[name] = pen.glyph()
    widths[name] = (widths[percent][0] + widths[ring][0], widths[percent][1])
    # In other weights, the ring moves as far as % is wider.
    variations[name] = []
    for variation in variations[percent]:
        wider = (variation.coordinates[-3] or (0, 0))[0]
        deltas = [(0, 0), (wider, 0), (0, 0), (wider, 0), (0, 0), (0, 0)]
        variations[name].append(TupleVariation(variation.axes, deltas))
    del font["HVAR"]  # optional, and lacks the glyph
    for table in font["cmap"].tables:
        table.cmap[ord("‰")] = name


def unicode_range(codes: set[int], later: set[int]) -> str:
    """The codes as the value of the descriptor `unicode-range`, for example “U+c0-d6, U+20ac”.

    Includes small gaps, to make the value shorter. Browsers would not load a `later` file for a
    character in such a gap, so gaps with characters of `later` files stay out.
    """
    parts: list[list[int]] = []
    for code in sorted(codes):
        gap = set(range(parts[-1][1] + 1, code)) if parts else set()
        if parts and len(gap) < 16 and not gap & (later | {SOFT_HYPHEN}):
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return ", ".join(
        f"U+{first:x}-{last:x}" if last > first else f"U+{first:x}" for first, last in parts
    )


def rule(part: Part, characters: str) -> str:
    first, last = part.axes["wght"]
    return f"""
@font-face {{
  font-family: {part.family};
  src: url("../fonts/{part.file}.woff2") format("woff2");
  font-weight: {first} {last};
  font-display: swap;{part.metrics}
  unicode-range: {characters};
}}
"""


def main(sources: Path) -> None:
    rules = []
    for family in ("Atkinson", "Bricolage"):
        parts = [part for part in PARTS if part.family == family]
        found: list[set[int]] = []
        for part in parts:
            found.append(make_font(part, sources, set().union(*found)))
        for number, part in reversed([*enumerate(parts)]):
            later = set().union(*found[number + 1 :])
            rules.append(rule(part, unicode_range(found[number], later)))
    css = settings.BASE_DIR / "static/css/fonts.css"
    css.write_text(HEADER + "".join(rules))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
