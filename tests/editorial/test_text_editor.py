"""The text editor loses no words between the browser and the database."""

import json
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.test import RequestFactory
from wagtail.blocks import Block, RichTextBlock
from wagtail.fields import RichTextField, StreamField

from editorial.text_editor.converter import BLOCK_TYPES, Converter, block_types
from editorial.text_editor.widgets import RichTextArea
from mission.models import HomePage, StandardPage
from tests import factories

WORDS = "Some 😀 words that\nwere pasted †"


def blocks_within(block: Block) -> Iterator[Block]:
    yield block
    children = getattr(block, "child_blocks", {}).values()
    for child in (*children, *filter(None, [getattr(block, "child_block", None)])):
        yield from blocks_within(child)


def rich_text_fields() -> dict[str, RichTextField | RichTextBlock]:
    found = {}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            name = f"{model.__name__}.{field.name}"
            if isinstance(field, RichTextField):
                found[name] = field
            elif isinstance(field, StreamField):
                for block in blocks_within(field.stream_block):
                    if isinstance(block, RichTextBlock):
                        found[f"{name}.{block.name}"] = block
    return found


FIELDS = rich_text_fields()
FEATURES = sorted({tuple(field.features) for field in FIELDS.values()})


def content(block: dict, *entities: dict) -> str:
    full = {"key": "one", "type": "unstyled", "depth": 0, "text": WORDS} | {
        "inlineStyleRanges": [],
        **block,
    }
    return json.dumps({"blocks": [full], "entityMap": dict(enumerate(entities))})


def text_of(html: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    for line_break in soup.find_all("br"):
        line_break.replace_with("\n")
    return soup.get_text()


@pytest.mark.parametrize("name", FIELDS)
def test_field_uses_our_editor(name: str) -> None:
    field = FIELDS[name]
    form_field = field.formfield() if isinstance(field, RichTextField) else field.field
    assert isinstance(form_field.widget, RichTextArea)
    assert "link" in field.features  # pasted links are kept


@pytest.mark.parametrize("features", FEATURES, ids=",".join)
@pytest.mark.parametrize("kind", [*BLOCK_TYPES, "section", "unknown"])
def test_every_block_keeps_its_words(features: tuple[str, ...], kind: str) -> None:
    saved = Converter([*features]).to_database_format(content({"type": kind}))
    assert text_of(saved) == WORDS
    again = json.loads(Converter([*features]).from_database_format(saved))
    assert [block["text"] for block in again["blocks"]] == [WORDS]
    assert again["blocks"][0]["type"] == block_types([*features]).get(kind, "unstyled")


@pytest.mark.parametrize("features", FEATURES, ids=",".join)
@pytest.mark.parametrize("kind", ["LINK", "DOCUMENT", "IMAGE", "EMBED", "SOURCE", "UNKNOWN", ""])
@pytest.mark.parametrize("block", ["unstyled", "atomic"])
def test_every_link_and_style_keeps_its_words(
    home: HomePage, features: tuple[str, ...], kind: str, block: str
) -> None:
    data = {"url": "https://www.example.org/", "id": None, "title": "A report"}
    entities = [{"type": kind, "mutability": "MUTABLE", "data": data}] if kind else []
    ranges = {
        "type": block,
        "entityRanges": [{"key": 0, "offset": 5, "length": 8}],
        "inlineStyleRanges": [
            {"style": style, "offset": 0, "length": 4}
            for style in ("BOLD", "ITALIC", "UNDERLINE", "CODE", "UNKNOWN")
        ],
    }
    assert text_of(Converter([*features]).to_database_format(content(ranges, *entities))) == WORDS


def test_headings_become_the_nearest_that_the_field_has() -> None:
    with_two = block_types(["h2", "h3"])
    assert [with_two[f"header-{level}"] for level in ("one", "two", "three", "four")] == [
        *("header-two", "header-two", "header-three", "header-three")
    ]
    assert block_types(["h3", "ul"])["header-one"] == "header-three"
    assert block_types(["h3", "ul"])["ordered-list-item"] == "unordered-list-item"
    assert block_types(["bold"])["header-one"] == "unstyled"


def test_marks_after_an_emoji_stay_where_they_are() -> None:
    converter = Converter(["bold", "link", "source"])
    source = {"type": "SOURCE", "mutability": "IMMUTABLE", "data": {"title": "A report"}}
    block = {
        "text": "😀 It is so.† And bold",
        "entityRanges": [{"key": 0, "offset": 12, "length": 1}],
        "inlineStyleRanges": [{"style": "BOLD", "offset": 18, "length": 4}],
    }
    saved = converter.to_database_format(content(block, source))
    mark = '<a linktype="source" title="A report">†</a>'
    assert saved == f'<p data-block-key="one">😀 It is so.{mark} And <b>bold</b></p>'
    again = json.loads(converter.from_database_format(saved))["blocks"][0]
    assert again["text"] == block["text"]
    assert again["entityRanges"] == block["entityRanges"]
    assert again["inlineStyleRanges"] == block["inlineStyleRanges"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("{site}/about/", "page"),
        ("/about/", "page"),
        ("{site}/about/?topic=one", "kept"),
        ("{site}/about/#sources", "kept"),
        ("{site}/documents/7/report.pdf", "kept"),
        ("{site}/missing/", "kept"),
        ("{site}/admin/pages/4/edit/#_ftn1", "dropped"),
        ("/admin/", "dropped"),
        ("https://www.example.org/about/", "kept"),
        ("tel:+15550100", "kept"),
        ("mailto:press@example.org", "kept"),
        ("#sources", "kept"),
        ("https://[", "kept"),
    ],
)
def test_links_to_own_site_become_page_links(home: HomePage, url: str, expected: str) -> None:
    about: StandardPage = factories.StandardPageFactory(parent=home, slug="about")
    url = url.format(site=home.get_site().root_url)
    link = {"type": "LINK", "mutability": "MUTABLE", "data": {"url": url}}
    ranges = {"entityRanges": [{"key": 0, "offset": 0, "length": 4}]}
    saved = Converter(["link"]).to_database_format(content(ranges, link))
    assert text_of(saved) == WORDS
    opening = {
        "page": f'<a linktype="page" id="{about.pk}">',
        "kept": f'<a href="{url}">',
        "dropped": "",
    }[expected]
    assert (f"{opening}Some</a>" in saved) if opening else ("<a" not in saved)


ENTITIES = [
    ("LINK", {"id": 1}, True),
    ("LINK", {"id": "1"}, True),
    ("LINK", {"id": None, "url": "https://www.example.org/"}, True),
    ("DOCUMENT", {"id": 7}, True),
    ("SOURCE", {"title": "A report", "url": None}, True),
    *(
        (kind, {"id": key, "url": "https://www.example.org/", "title": "A report"}, False)
        for kind in ("LINK", "DOCUMENT", "SOURCE")
        for key in ("words", "", "-1", "1.5", "²", "1 OR 1=1", 2**63, [1], {"a": 1}, True)
    ),
    ("DOCUMENT", {}, False),
    ("LINK", {"url": 5}, False),
    ("LINK", {"url": ["https://www.example.org/"], "id": 1}, False),
    ("SOURCE", {"title": 5}, False),
    ("SOURCE", {"title": "A report", "archived": {}}, False),
    *((kind, data, False) for kind in ("LINK", "SOURCE") for data in (None, [], "words")),
]


@pytest.mark.parametrize(("kind", "data", "is_kept"), ENTITIES)
def test_only_valid_links_documents_and_sources_are_kept(
    home: HomePage, kind: str, data: object, is_kept: bool
) -> None:
    entity = {"type": kind, "mutability": "MUTABLE", "data": data}
    end = len(WORDS.encode("utf-16-le")) // 2  # browsers count an emoji as two characters
    ranges = {"entityRanges": [{"key": 0, "offset": end - 1, "length": 1}]}  # the mark of a source
    saved = Converter(["link", "document-link", "source"]).to_database_format(
        content(ranges, entity)
    )
    assert text_of(saved) == WORDS
    assert ("<a" in saved) == is_kept
    page = factories.StandardPageFactory(parent=home, body=[("text", saved)])
    assert page.serve(RequestFactory().get("/")).render().status_code == 200
