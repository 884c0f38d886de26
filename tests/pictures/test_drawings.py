"""Cleaning of SVG files: what is kept, removed and rejected."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from pictures.svg import clean

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
STARTER = sorted((settings.BASE_DIR / "starter/pictures").glob("*.svg"))


assert STARTER, "The starter content has no drawings for these tests."


def cleaned(inside: str) -> str:
    return clean(SVG.format(inside).encode())[0].decode()


@pytest.mark.parametrize(
    "inside",
    [
        '<rect fill="url(#theme)" height="1" width="1" />',
        '<use href="#a" />',
        "<style>.a{mix-blend-mode:multiply;fill:url(#theme)}</style>",
        '<rect style="mix-blend-mode:multiply" />',
        '<animate attributeName="x" values="1;2" />',
        "<text>Words on a banner</text>",
    ],
)
def test_svg_cleaning_keeps_shapes(inside: str) -> None:
    assert inside in cleaned(inside)


@pytest.mark.parametrize(
    ("inside", "gone"),
    [
        ("<metadata>Maria</metadata>", "Maria"),
        ("<title>maria.svg</title><desc>Maria</desc>", "aria"),
        ("<!-- Maria -->", "Maria"),
        ("<style>/* Maria */.a{fill:red}</style>", "Maria"),
        ('<g id="Maria" data-name="Maria"><rect/></g>', "Maria"),
        ('<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="Maria"/>', "Maria"),
        ('<s:view xmlns:s="http://sodipodi.sourceforge.net/DTD/x" s:name="Maria"/>', "Maria"),
        ('<a href="javascript:alert(1)"><text>x</text></a>', "alert"),
        ('<a xlink:href=" JavaScript:alert(1)"/>', "alert"),
        ('<use href="https://evil.example/a.svg#x"/>', "evil"),
        ("<style>@import 'https://evil.example/a.css'</style>", "evil"),
        ("<style>.a{fill:url(https://evil.example/#a)}</style>", "evil"),
        ('<rect style="fill: URL( https://evil.example )"/>', "evil"),
        (r"<style>@\69mport 'https://evil.example'</style>", "evil"),
        ('<h:meta xmlns:h="http://www.w3.org/1999/xhtml" content="0"/>', "content"),
        ('<h:img xmlns:h="http://www.w3.org/1999/xhtml" srcset="https://evil.example"/>', "evil"),
        ('<iframe xmlns="http://www.w3.org/1999/xhtml" src="#"/>', "iframe"),
        ('<?xml-stylesheet type="text/xsl" href="#s"?>', "xml-stylesheet"),
        ("<?php echo 1 ?>", "php"),
    ],
)
def test_svg_cleaning_removes_text_and_references(inside: str, gone: str) -> None:
    assert gone not in cleaned(inside)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<script>alert(1)</script>", "“script”"),
        ('<s:script xmlns:s="http://www.w3.org/2000/svg">1</s:script>', "“script”"),
        ('<rect onload="alert(1)"/>', "“onload”"),
        ('<rect ONCLICK="alert(1)"/>', "“ONCLICK”"),
        ("<foreignObject><p>x</p></foreignObject>", "“foreignObject”"),
        ('<image href="https://evil.example/a.png"/>', "photograph"),
        ('<image href="data:image/png;base64,AAAA"/>', "photograph"),
        ('<a><set attributeName="href" to="https://evil.example"/></a>', "elsewhere"),
        ('<rect style="fill: image-set(&quot;https://evil.example&quot;)"/>', "elsewhere"),
        (r"<style>.a{fill:u\72l(https://evil.example)}</style>", "elsewhere"),
        ("<style>.a{}<b>x</b>@import 'https://evil.example'</style>", "“b”"),
        ("<rect", "damaged"),
    ],
)
def test_svg_cleaning_rejects_drawing_that_would_change(inside: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        cleaned(inside)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>', "entities"),
        (b"<html>no</html>", "^\\['The file is not an SVG drawing"),
        (b"\x89PNG", "damaged"),
    ],
)
def test_svg_cleaning_rejects_other_files(data: bytes, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        clean(data)


def test_svg_cleaning_reads_byline() -> None:
    inside = (
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:creator>Ana Ruíz</dc:creator></metadata>"
    )
    assert clean(SVG.format(inside).encode())[1] == "Ana Ruíz"


@pytest.mark.parametrize("file", STARTER, ids=lambda file: file.stem)
def test_svg_cleaning_of_starter_drawings_is_idempotent(
    file: Path,
) -> None:
    once, _byline = clean(file.read_bytes())
    assert b"mix-blend-mode" in once
    assert clean(once)[0] == once
