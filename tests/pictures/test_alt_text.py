"""A page with a picture without meaningful alt text cannot be published."""

import json
from types import SimpleNamespace

import pytest
from django.test import Client
from wagtail.models import Page

from mission.models import HomePage, StandardPage
from pictures.alt_text import reason_to_refuse
from stories.models import StoryIndexPage, StoryPage
from tests import factories

GOOD = ["Two hands hold a mug of coffee.", "Protesters", "A photograph of a march in May 2026"]
NAMES = [
    *(
        "IMG_1234.jpg",
        "IMG 1234",
        "maria-lopez-arrest",
        "DSC_0012",
        "PXL_20260501",
        "photo.final.png",
    ),
    *(
        "Screenshot 2026-01-31 at 9.00 AM",
        "WhatsApp Image 2024-05-01 at 10.11.12",
        "image",
        "2",
        "…",
    ),
    *("A march.jpeg",),
]


@pytest.mark.django_db
@pytest.mark.parametrize("alt", GOOD)
def test_descriptive_alt_text_is_accepted(alt: str) -> None:
    picture = factories.drawing()
    picture.description = alt
    assert reason_to_refuse(picture, "Another caption") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("alt", "caption", "reason"),
    [
        ("", "", "has no alt text"),
        ("  \t ", "", "has no alt text"),
        *((name, "", "is a file name") for name in NAMES),
        ("A march in May", "a march  in May.", "repeats its caption"),
    ],
)
def test_meaningless_alt_text_is_rejected(alt: str, caption: str, reason: str) -> None:
    picture = factories.drawing("Title of it")
    picture.description = alt
    sentence = reason_to_refuse(picture, caption)
    assert reason in sentence
    assert "“Title of it”" in sentence
    picture.is_decoration = True
    assert reason_to_refuse(picture, caption) == ""


def figure(picture: object, alt: str, caption: str = "", *, decorative: bool = False) -> str:
    image = {"image": picture.pk, "alt_text": alt, "decorative": decorative}  # type: ignore[attr-defined]
    return json.dumps([{"type": "figure", "value": {"picture": image, "caption": caption}}])


def reasons(page: Page) -> list[tuple[str, str]]:
    return list(page.publishing_errors())


def test_alt_text_error_names_its_field(home: HomePage) -> None:
    photo = factories.drawing()
    page = StandardPage(title="About", lead_picture=photo, listing_picture=photo)
    assert reasons(page) == []
    page.lead_caption = photo.description
    ((field, sentence),) = reasons(page)
    assert field == "lead_picture"
    assert "repeats its caption" in sentence
    photo.description = ""
    assert {field for field, _sentence in reasons(page)} == {"lead_picture", "listing_picture"}


def test_alt_text_equal_to_caption_is_rejected_on_each_page_type(
    story_index: StoryIndexPage,
) -> None:
    photo = factories.drawing()
    said = photo.description
    for page, field in (
        (
            StoryPage(
                title="A", portrait=photo, portrait_caption=said, consent=factories.consent()
            ),
            "portrait",
        ),
        (HomePage(title="A", hero_picture=photo, hero_caption=said), "hero_picture"),
        (StandardPage(title="A", social_picture=factories.drawing()), None),
    ):
        assert [name for name, _sentence in reasons(page)] == ([field] if field else [])


def test_figure_alt_text_is_checked(home: HomePage) -> None:
    photo = factories.drawing()
    page = StandardPage(title="About", body=figure(photo, "IMG_1234.jpg"))
    assert [field for field, _sentence in reasons(page)] == ["body"]
    page.body = figure(photo, "A march", "A march")
    assert "repeats its caption" in reasons(page)[0][1]
    for harmless in (
        figure(photo, "A march", "In May"),
        figure(photo, "", decorative=True),
        figure(photo, ""),  # the picture's own description is used
    ):
        page.body = harmless
        assert reasons(page) == []
    photo.description = ""
    photo.save()
    page.body = figure(photo, "")
    assert "has no alt text" in reasons(page)[0][1]
    home.sections = json.dumps(
        [
            {
                "type": "statement",
                "value": {
                    "statement": "Love",
                    "picture": {"image": photo.pk, "alt_text": "scan", "decorative": False},
                },
            }
        ]
    )
    assert [field for field, _sentence in reasons(home)] == ["sections"]


def test_draft_needs_no_alt_text(admin_client: Client, home: HomePage) -> None:
    photo = factories.drawing()
    photo.description = ""
    photo.save()
    page = StandardPage(title="A draft", slug="a-draft", live=False, lead_picture=photo)
    home.add_child(instance=page)
    page.save_revision()
    assert StandardPage.objects.get(slug="a-draft").lead_picture == photo
    assert reasons(page)


def test_test_pages_have_no_publishing_errors(every_page: SimpleNamespace) -> None:
    pages = Page.objects.filter(depth__gt=1).specific()
    assert len(pages) > 8
    assert [reason for page in pages for reason in reasons(page)] == []


def test_starter_pages_have_no_publishing_errors(starter: None) -> None:
    pages = Page.objects.filter(depth__gt=1).specific()
    assert len(pages) > 10
    assert [reason for page in pages for reason in reasons(page)] == []
