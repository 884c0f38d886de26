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
    """The page at `path`; html5lib's strict mode raises at the first parse error."""
    response = responses[path]
    expected = 404 if path == "/not-here/" else 200
    assert response.status_code == expected, f"{path} answers {response.status_code}"
    return html5lib.HTMLParser(strict=True).parse(response.content.decode())


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_pages_are_valid_html(responses: dict[str, HttpResponse], path: str) -> None:
    document = document_at(responses, path)
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    assert not twice, f"{path} has more than one element with the id {twice}"
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
    document = document_at(responses, path)
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
    document = document_at(responses, path)
    names = [str(element.tag).removeprefix(HTML) for element in document.iter()]
    levels = [int(name[1]) for name in names if name in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    assert levels[0] == 1, f"{path} begins with h{levels[0]}, not with h1"
    for before, after in pairwise(levels):
        assert after <= before + 1, f"{path} has an h{after} right after an h{before}"


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_pictures_have_alt_text_and_room(responses: dict[str, HttpResponse], path: str) -> None:
    images = list(document_at(responses, path).iter(f"{HTML}img"))
    if path in WITH_PICTURES:
        assert images, f"{path} shows no picture any more"
    for image in images:
        assert image.get("alt") is not None, image.attrib
        assert image.get("width", "").isdecimal(), image.attrib
        assert image.get("height", "").isdecimal(), image.attrib
        for candidate in filter(None, image.get("srcset", "").split(",")):
            width = candidate.strip().rpartition(" ")[2]
            assert re.fullmatch(r"\d+w", width), f"{path}: the width of “{candidate}” is not whole"


def test_a_caption_with_quotation_marks_is_shown(responses: dict[str, HttpResponse]) -> None:
    document = document_at(responses, "/issues/harm-reduction-care/")
    captions = [" ".join(c.itertext()).strip() for c in document.iter(f"{HTML}figcaption")]
    assert 'A caption with "quotation marks"' in captions


def test_photographs_come_in_three_formats_and_first_is_not_lazy(
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
