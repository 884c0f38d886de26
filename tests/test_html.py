import re
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.http import HttpResponse

from tests.every_page import PUBLIC_PATHS

WITH_PICTURES = (
    *("/", "/issues/", "/issues/harm-reduction-care/", "/stories/", "/stories/a-story/"),
    *("/news/an-announcement/", "/about/", "/write/", "/urgent-help/"),
)
HTML = "{http://www.w3.org/1999/xhtml}"


def document_at(responses: dict[str, HttpResponse], path: str) -> Element:
    """The parsed page at `path`. Strict mode raises on the first parse error."""
    response = responses[path]
    expected = 404 if path == "/not-here/" else 200
    assert response.status_code == expected, (
        f"{path} has status {response.status_code}, expected {expected}"
    )
    return html5lib.HTMLParser(strict=True).parse(response.content.decode())


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_pages_are_valid_html(responses: dict[str, HttpResponse], path: str) -> None:
    document = document_at(responses, path)
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    assert not twice, f"{path} has duplicate ids: {twice}. Make them unique."
    assert document.get("lang") == "en"
    for landmark in ("h1", "main", "header", "footer", "title"):
        assert document.find(f".//{HTML}{landmark}") is not None, landmark
    assert len(document.findall(f".//{HTML}h1")) == 1
    assert len(document.findall(f".//{HTML}main")) == 1


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_first_paint_waits_only_for_an_element_that_the_page_has(
    responses: dict[str, HttpResponse], path: str
) -> None:
    """`<link rel="expect">` delays the first paint until `#more` has arrived.

    Without that element the browser would wait for the end of the page.
    """
    elements = list(document_at(responses, path).iter())
    awaited = [one.get("href") for one in elements if one.get("rel") == "expect"]
    ids = [one.get("id") for one in elements]
    assert awaited == (["#more"] if "more" in ids else [])
    after = elements[ids.index("more") :] if awaited else []
    assert f"{HTML}h1" not in [one.tag for one in after]
    is_short = path.startswith(("/take-part/", "/quick-exit/", "/not-here/", "/urgent-help/"))
    assert bool(awaited) is not is_short


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_headings_skip_no_level(responses: dict[str, HttpResponse], path: str) -> None:
    document = document_at(responses, path)
    names = [str(element.tag).removeprefix(HTML) for element in document.iter()]
    levels = [int(name[1]) for name in names if name in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    assert levels[0] == 1, f"{path} begins with h{levels[0]}. Begin with h1."
    for before, after in pairwise(levels):
        assert after <= before + 1, f"{path}: h{after} follows h{before}. Skip no heading level."


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_visible_words_are_not_hidden_from_voice_control(
    responses: dict[str, HttpResponse], path: str
) -> None:
    """People say the words that they see on a link. Only numbers and signs may be hidden."""
    for element in document_at(responses, path).iter():
        is_honeypot = element.find(f".//{HTML}input") is not None  # nobody sees it
        if element.get("aria-hidden") == "true" and element.tag == f"{HTML}p" and not is_honeypot:
            words = re.findall(r"[^\W\d_]{2,}", "".join(element.itertext()))
            assert not words, f"{path} hides “{' '.join(words)}”. Make it part of the link."


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_images_have_alt_text_and_dimensions(responses: dict[str, HttpResponse], path: str) -> None:
    images = list(document_at(responses, path).iter(f"{HTML}img"))
    if path in WITH_PICTURES:
        assert images, f"{path} has no picture. Correct the page or WITH_PICTURES."
    for image in images:
        assert image.get("alt") is not None, image.attrib
        # Without a stylesheet, this is the width of the picture, which must fit on a phone.
        assert 0 < int(image.get("width", "0")) <= 320, image.attrib
        assert image.get("height", "").isdecimal(), image.attrib
        # Three device pixels per CSS pixel look like two, but need more than twice the data.
        if image.get("srcset"):
            assert "(min-resolution: 2.5dppx) 60vw" in image.get("sizes", ""), image.attrib
        for candidate in filter(None, image.get("srcset", "").split(",")):
            width = candidate.strip().rpartition(" ")[2]
            assert re.fullmatch(r"\d+w", width), (
                f"{path}: the width of “{candidate}” must be an integer"
            )


def test_caption_shows_quotation_marks(responses: dict[str, HttpResponse]) -> None:
    document = document_at(responses, "/issues/harm-reduction-care/")
    captions = [" ".join(c.itertext()).strip() for c in document.iter(f"{HTML}figcaption")]
    assert 'A caption with "quotation marks"' in captions


def test_photographs_have_three_formats_and_first_is_not_lazy(
    responses: dict[str, HttpResponse],
) -> None:
    document = document_at(responses, "/issues/harm-reduction-care/")
    first = document.find(f".//{HTML}picture")
    assert first is not None
    assert [source.get("type") for source in first.iter(f"{HTML}source")] == [
        "image/avif",
        "image/webp",
    ]
    image = first.find(f"{HTML}img")
    assert image is not None
    assert image.get("fetchpriority") == "high"
    assert image.get("loading") is None
    others = [i for i in document.iter(f"{HTML}img") if i is not image]
    assert others
    assert all(i.get("loading") == "lazy" for i in others), [i.attrib for i in others]
