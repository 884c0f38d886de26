"""Python cannot convert numbers of more than 4300 digits. They must not cause a server error."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from cms import links
from cms.internal_links import is_reachable
from consent import normalization
from consent.character_references import unescape
from content_files import pictures as pictures_of_content
from content_files import yaml_lines
from content_files.errors import ContentError
from editorial.sources.rich_text import number_sources
from editorial.wagtail_hooks import PublicPageLinkHandler
from pictures import alt_text
from stories import names

DIGITS = "9" * 5000
REFERENCE = f"&#{DIGITS};"


def percentages() -> None:
    value = yaml_lines.read(f"focal_point: [{DIGITS}, 40]")["focal_point"]
    pictures_of_content._percentages(value)


@pytest.mark.parametrize(
    "read",
    [
        percentages,
        lambda: yaml_lines.read(f"%YAML 1.{DIGITS}\n--- {{}}"),
        lambda: yaml_lines.read('title: "\\UFFFFFFFF"'),
        lambda: yaml_lines.read('title: "\\U00110000"'),
    ],
)
def test_content_file_with_impossible_number_has_an_error_with_a_line(read: Callable) -> None:
    with pytest.raises(ContentError) as raised:
        read()
    assert raised.value.line == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a{REFERENCE}b", "a\N{REPLACEMENT CHARACTER}b"),
        (f"a&#{DIGITS} b", "a\N{REPLACEMENT CHARACTER} b"),
        (f"a&#{'0' * 5000}65;b", "aAb"),
        ("&#65;&#065;&#x41;&eacute;&#1114112;&#0;&#;", "AAAé\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_character_reference_of_any_length_is_decoded(text: str, expected: str) -> None:
    assert unescape(text).startswith(expected)


@pytest.mark.parametrize(
    "use",
    [
        lambda: [*links._urls_in(f"https://example.org/{REFERENCE}")],
        lambda: normalization.normalize(f"Maria {REFERENCE}"),
        lambda: number_sources(
            f'<a class="cites" data-source="{{&quot;title&quot;: &quot;{REFERENCE}&quot;}}">1</a>'
        ),
        lambda: alt_text._without_html(f"a {REFERENCE}"),
        lambda: names.find(f"{REFERENCE} Maria", names.search_terms("Maria Ruiz")),
        lambda: PublicPageLinkHandler.expand_db_attributes_many([{"id": DIGITS}, {"id": "٣"}]),
        lambda: is_reachable(f"page:{DIGITS[:900]}"),
    ],
)
def test_text_with_long_number_is_read(db: None, use: Callable) -> None:
    use()


def test_request_with_long_number_is_no_server_error(
    every_page: SimpleNamespace, admin_client: Client
) -> None:
    client = Client(raise_request_exception=False)
    for path in (f"/-/save/{DIGITS}/", f"/news/?year={DIGITS}", f"/news/?page={DIGITS}"):
        assert client.get(path).status_code in (200, 404), path[:20]
    response = client.post("/en/search/", CONTENT_LENGTH=DIGITS)
    assert 400 <= response.status_code < 500
