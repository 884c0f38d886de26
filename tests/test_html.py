from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.http import HttpResponse

from tests.every_page import PUBLIC_PATHS

HTML = "{http://www.w3.org/1999/xhtml}"


def parse(content: bytes) -> Element:
    """The document; html5lib's strict mode raises at the first parse error."""
    return html5lib.HTMLParser(strict=True).parse(content.decode())


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_pages_are_valid_html(responses: dict[str, HttpResponse], path: str) -> None:
    document = parse(responses[path].content)
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert document.get("lang") == "en"
    for landmark in ("h1", "main", "header", "footer", "title"):
        assert document.find(f".//{HTML}{landmark}") is not None, landmark
    assert len(document.findall(f".//{HTML}h1")) == 1
    assert len(document.findall(f".//{HTML}main")) == 1


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_a_page_is_shown_once_what_it_begins_with_is_there(
    responses: dict[str, HttpResponse], path: str
) -> None:
    """Short pages have nothing else; urgent help is shown from its first word on."""
    document = parse(responses[path].content)
    elements = list(document.iter())
    awaited = [one.get("href") for one in elements if one.get("rel") == "expect"]
    ids = [one.get("id") for one in elements]
    if path == "/urgent-help/":
        assert awaited == []
    else:
        assert awaited == ["#more"]
        after = elements[ids.index("more") :] if "more" in ids else []
        assert f"{HTML}h1" not in [one.tag for one in after]
        assert bool(after) is not path.startswith(("/take-part/", "/quick-exit/", "/not-here/"))


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_headings_step_down_one_at_a_time(responses: dict[str, HttpResponse], path: str) -> None:
    document = parse(responses[path].content)
    names = [str(element.tag).removeprefix(HTML) for element in document.iter()]
    levels = [int(name[1]) for name in names if name in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_pictures_have_alt_text_and_room(responses: dict[str, HttpResponse], path: str) -> None:
    document = parse(responses[path].content)
    for image in document.iter(f"{HTML}img"):
        assert image.get("alt") is not None
        assert image.get("width", "").isdecimal(), image.attrib
        assert image.get("height", "").isdecimal(), image.attrib
        for candidate in image.get("srcset", "").split(","):
            assert "." not in candidate.strip().rpartition(" ")[2]


def test_a_caption_with_quotation_marks_is_shown(responses: dict[str, HttpResponse]) -> None:
    document = parse(responses["/issues/harm-reduction-care/"].content)
    captions = [" ".join(c.itertext()).strip() for c in document.iter(f"{HTML}figcaption")]
    assert 'A caption with "quotation marks"' in captions


def test_photographs_come_in_three_formats_and_first_is_not_lazy(
    responses: dict[str, HttpResponse],
) -> None:
    document = parse(responses["/issues/harm-reduction-care/"].content)
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
    assert all(i.get("loading") == "lazy" for i in others)
