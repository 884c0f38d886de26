"""A page with a picture without meaningful alt text cannot be published."""

import json
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from wagtail.models import Locale, Page

from mission.models import HomePage, StandardPage
from pictures.alt_text import reason_to_refuse, reason_to_refuse_text
from stories.models import StoryIndexPage, StoryPage
from tests import factories

ACCEPTED = """
A candle
Candle
Protesters
Ana Ruiz speaks
Ana Ruiz
Ana, 34
New York
Route 66 at night
Una vela
Manifestantes
Naloxona
Two hands hold a mug of coffee.
A photograph of a march in May 2026
A photo of Ana
Picture of a river
Portrait of Ana Ruiz
Retrato de Ana
The logo of the Drug Policy Alliance
Una foto de una marcha
Imagen de dos manos
A camera on a tripod
Screenshot of the petition
A traffic signal
COVID-19 test kit
Ana holds a sign: “End it.”
猫が座っている
‫امرأة تتكلم
""".strip().splitlines()
BLANK = [
    "",
    " ",
    "\t\n",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u2060",
    "\u00ad",
]
BLANK += [
    "\u2800",
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\u034f",
    "\u180e",
    "\u061c",
    "\u17b4",
    "\u2028",
]
BLANK += ["\ufe0f", "\U000e0100", "\U000e0020", "\u202e", "\x00", "\u0301", "\u200b \u2800\u3164"]
NAMES = """
IMG_1234
IMG_1234.jpg
IMG 1234
IMG_1234 (1)
Copy of IMG_1234
Copia de IMG_1234
DSC01234
DSC_0012
DSCN0012
DSCF0012.RAF
_MG_1234
P1010023
100_0001
GOPR0123
GOPR 0123
DJI_0042
DJI 0042
PXL_20260501
PXL_20260131_120000123
MVIMG_20260131_120000
VID 20260131
20260131_120000
2026-01-31 12.00.00
FB_IMG_1234567890
received_1234567890
Screenshot 2026-01-31 at 9.00 AM
Screen Shot 2026-01-31 at 9.00.12 AM
Screenshot_20260131-120000_Chrome
Captura de pantalla 2026-01-31 a las 9.00.12
Captura de Pantalla (3)
Capture d’écran 2026-01-31
WhatsApp Image 2024-05-01 at 10.11.12
WhatsApp Image 2024-05-01 at 10.11.12 (1)
image0.jpeg
image0
Image from iOS (1)
image (3)
Photo 12-01-26
Photo on 1-31-26 at 9.00 AM
Foto 12.01.26, 9 00 12
PHOTO-2026-01-31-12-00-00
Scan 3
Escaneado 3
GettyImages-123456
Getty Images 123456
shutterstock_123456
Adobe Stock 123456
istockphoto-1234-612x612
photo-1506744038136-46273834b3fb
3f2504e0-4f89-11d3-9a0c-0305e82c3301
d41d8cd98f00b204e9800998ecf8427e
maria-lopez-arrest
photo.final.png
A march.jpeg
march.HEIC
Untitled design (1)
Sin título
""".strip().splitlines()
LABELS = (
    """
photo
Photo
PHOTO.
ｐｈｏｔｏ
p\u200bhoto
foto
Fotografía
fotografia
image
image 3
Imagen
imagen 3
imágenes
picture
Picture of
A picture of
The picture
una foto de la
portrait
Retrato
A portrait
headshot
logo
Logotipo
icon
banner
graphic
illustration
Ilustración
screenshot
alt text
texto alt
untitled
placeholder
none
2
…
?!
a
🎉
""".replace("\\u200b", "\u200b")
    .strip()
    .splitlines()
)
REPEATS = [
    ("A march in May", "a march  in May."),
    ("A march in May", "“A march, in May!”"),
    ("A march in May", "A\u200b march\u00ad in May"),
    ("A march\ufe0f in May", "A march in May"),
    ("Una mañana", "UNA MANANA"),
    ("A march – in May", "A march (in May)"),
]


def refuse(alt: str, caption: str = "") -> str:
    return reason_to_refuse_text(alt, caption, title="Title of it", language="en")


def test_table_is_long_enough() -> None:
    rows = [*ACCEPTED, *BLANK, *NAMES, *LABELS, *REPEATS]
    assert len(rows) == len(set(rows)) >= 140


@pytest.mark.parametrize("alt", ACCEPTED)
def test_descriptive_alt_text_is_accepted(alt: str) -> None:
    assert refuse(alt, "Another caption") == ""


@pytest.mark.parametrize(
    ("alt", "caption", "reason"),
    [
        *((alt, "", "has no alt text in English") for alt in BLANK),
        *((alt, "", "is a file name or a label") for alt in (*NAMES, *LABELS)),
        *((alt, caption, "repeats its caption") for alt, caption in REPEATS),
    ],
)
def test_meaningless_alt_text_is_rejected(alt: str, caption: str, reason: str) -> None:
    sentence = refuse(alt, caption)
    assert reason in sentence
    assert "“Title of it”" in sentence


def test_caption_with_another_number_is_no_repetition() -> None:
    assert refuse("A march in 2024", "A march in 2025") == ""


def test_decoration_needs_no_alt_text(db: None) -> None:
    picture = factories.drawing()
    picture.description = ""
    assert reason_to_refuse(picture)
    picture.is_decoration = True
    assert reason_to_refuse(picture) == ""


@pytest.mark.parametrize("screen", ["en", "es"])
def test_alt_text_is_checked_in_language_of_page(home: HomePage, screen: str) -> None:
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    spanish_home = home.copy_for_translation(spanish)
    picture = factories.drawing()
    picture.description, picture.other_descriptions = "", {"es": "Un círculo"}
    with translation.override(screen):
        home.hero_picture = spanish_home.hero_picture = picture
        assert [field for field, _why in home.publishing_errors()] == ["hero_picture"]
        assert not [field for field, _why in spanish_home.publishing_errors() if "picture" in field]
        picture.description, picture.other_descriptions = "A circle", {"es": "\u200b"}
        assert not list(home.publishing_errors())
        assert "hero_picture" in [field for field, _why in spanish_home.publishing_errors()]


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


@pytest.mark.parametrize(
    ("page_language", "change", "field"),
    [
        ("en", {"description": ""}, "description"),
        ("en", {"description": "IMG_1234.jpg"}, "description"),
        ("en", {"description": "\u2800"}, "description"),
        ("en", {"description_es": ""}, ""),
        ("en", {"description": "Other words"}, ""),
        ("es", {"description_es": "foto"}, "description_es"),
        ("es", {"description_es": ""}, ""),  # the main language is used
        ("es", {"description": "", "description_es": ""}, "description"),
        ("es", {"description": ""}, ""),
        ("", {"description": ""}, ""),  # only drafts use it
    ],
)
def test_alt_text_of_picture_on_live_page_may_not_become_worse(
    admin_client: Client, home: HomePage, page_language: str, change: dict, field: str
) -> None:
    picture = factories.drawing("A circle")
    picture.other_descriptions = {"es": "Un círculo rojo"}
    picture.save()
    factories.StandardPageFactory(parent=home, live=False, lead_picture=picture)
    if page_language:
        locale = Locale.objects.get_or_create(language_code=page_language)[0]
        page = home if page_language == "en" else home.copy_for_translation(locale)
        HomePage.objects.filter(pk=page.pk).update(live=True)
        page.refresh_from_db()
        page.hero_picture = picture
        page.save()
    values = {"title": "A circle", "description": "A red circle", "description_es": "Un círculo"}
    response = admin_client.post(f"/admin/images/{picture.pk}/", values | change)
    errors = response.context["form"].errors if response.status_code == 200 else {}
    assert list(errors) == ([field] if field else [])
    if field:
        assert "The picture is on a published page." in errors[field][0]


def test_alt_text_that_was_bad_already_does_not_block_other_changes(
    admin_client: Client, home: HomePage
) -> None:
    picture = factories.drawing()
    home.hero_picture = picture
    home.save()
    picture.description = ""
    picture.save()
    values = {"title": "Renamed", "description": ""}
    assert admin_client.post(f"/admin/images/{picture.pk}/", values).status_code == 302


def test_new_file_of_picture_on_live_page_needs_new_alt_text(
    admin_client: Client, home: HomePage
) -> None:
    picture = factories.drawing()
    home.hero_picture = picture
    home.save()
    square = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
    )
    for words, errors in ((picture.description, ["description"]), ("A line", [])):
        values = {"title": "A line", "description": words}
        data = values | {"file": SimpleUploadedFile("line.svg", square)}
        response = admin_client.post(f"/admin/images/{picture.pk}/", data)
        found = response.context["form"].errors if response.status_code == 200 else {}
        assert list(found) == errors
