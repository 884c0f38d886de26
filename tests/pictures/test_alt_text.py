"""A page cannot be published if one of its pictures has no meaningful alt text."""

import json
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from wagtail.blocks import StructBlockValidationError
from wagtail.models import Locale, Page

from editorial.publishing.rules import PublishingRefused
from mission.models import HomePage, StandardPage
from pictures.alt_text import reason_to_refuse
from stories.models import StoryIndexPage, StoryPage
from tests import factories


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


def test_every_page_has_no_publishing_errors(every_page: SimpleNamespace) -> None:
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
        ("es", {"description_es": ""}, "description_es"),
        ("es", {"description": "", "description_es": ""}, "description_es"),
        ("es", {"description": ""}, ""),
        ("", {"description": ""}, ""),  # no live page uses this text
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


def test_former_decoration_on_live_page_needs_alt_text(
    admin_client: Client, home: HomePage
) -> None:
    picture = factories.drawing()
    picture.description, picture.is_decoration = "", True
    picture.save()
    home.hero_picture = picture
    home.save()
    url = f"/admin/images/{picture.pk}/"
    response = admin_client.post(url, {"title": "A circle", "description": ""})
    assert list(response.context["form"].errors) == ["description"]
    values = {"title": "A circle", "description": "A red circle"}
    assert admin_client.post(url, values).status_code == 302


def test_alt_text_that_was_already_bad_does_not_block_other_changes(
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


# Each case has the English and Spanish alt texts of a picture, the alt text of the block that shows
# the picture, and the languages in which the page is refused. If the block's alt text is None, a
# field of the page shows the picture instead of a block.
IN_OTHER_LANGUAGE = [
    ("A circle", "", None, {"es"}),
    ("A circle", "Un círculo", None, set()),
    ("", "Un círculo", None, {"en"}),
    ("A circle", "", "", {"es"}),
    ("A circle", "", "Un círculo", set()),
    ("", "", "Un círculo", set()),
    ("A circle", "foto", None, {"es"}),
    # The block repeats an alt text of the picture, perhaps in the editor's language.
    ("A circle", "", "A circle", {"es"}),
    ("A circle", "Un círculo", "A circle", set()),
    ("A circle", "Un círculo", "Un círculo", set()),
    ("", "Un círculo", "Un círculo", {"en"}),
]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("english", "other", "own", "refused"), IN_OTHER_LANGUAGE)
def test_page_needs_alt_texts_in_its_own_language(
    home: HomePage, language: str, english: str, other: str, own: str | None, refused: set
) -> None:
    picture = factories.drawing("Circle")
    picture.description, picture.other_descriptions = english, {"es": other} if other else {}
    picture.save()
    page = StandardPage(
        title="About", locale=Locale.objects.get_or_create(language_code=language)[0]
    )
    if own is None:
        page.lead_picture = picture
    else:
        page.body = figure(picture, own)
    assert bool(reasons(page)) is (language in refused)
    picture.is_decoration = True
    picture.save()
    page.body = figure(picture, own or "", decorative=True)
    page.lead_picture = picture
    assert not reasons(page)


@pytest.mark.parametrize("own", ["", "A circle", "Un círculo", "A wheel"])
@pytest.mark.parametrize(("language", "alt"), [("en", "A circle"), ("es", "Un círculo")])
def test_readers_get_the_alt_text_in_their_language(
    home: HomePage, language: str, alt: str, own: str
) -> None:
    picture = factories.drawing("Circle")
    picture.description, picture.other_descriptions = "A circle", {"es": "Un círculo"}
    picture.save()
    page = StandardPage(title="About", body=figure(picture, own))
    shown = "A wheel" if own == "A wheel" else alt
    used = page.body[0].value["picture"]
    with translation.override(language):
        assert (used.alt, used.get_rendition("max-165x165").alt) == (shown, shown)
    state = page.body[0].block.child_blocks["picture"].get_form_state(used)
    assert state["alt_text"] == ("A wheel" if own == "A wheel" else "")


def test_alt_text_is_not_copied_into_blocks(home: HomePage, admin_client: Client) -> None:
    """Wagtail would copy the alt text in the editor's language, not in the page's language."""
    picture = factories.drawing("Circle")
    url = reverse("wagtailimages_chooser:chosen", args=[picture.pk])
    chosen = admin_client.get(url).json()["result"]
    assert (chosen["id"], chosen["default_alt_text"]) == (str(picture.pk), "")
    block = StandardPage(title="About", body=figure(picture, "")).body[0]
    assert block.block.clean(block.value)
    with pytest.raises(StructBlockValidationError):
        block.block.clean(block.block.to_python({"caption": "In May"}))


@pytest.mark.parametrize(
    ("own", "decorative", "errors"),
    [
        ("Una rueda", False, []),
        ("", True, []),
        ("", False, ["description_es"]),
        ("Un círculo", False, ["description_es"]),
    ],
)
def test_alt_text_may_be_removed_if_no_live_page_uses_it(
    admin_client: Client, home: HomePage, own: str, decorative: bool, errors: list[str]
) -> None:
    picture = factories.drawing("Circle")
    picture.description, picture.other_descriptions = "A circle", {"es": "Un círculo"}
    picture.save()
    spanish = home.copy_for_translation(Locale.objects.get_or_create(language_code="es")[0])
    spanish.save_revision().publish()
    body = figure(picture, own, decorative=decorative)
    page = StandardPage(title="Nosotros", slug="nosotros", locale=spanish.locale, body=body)
    spanish.add_child(instance=page)
    values = {"title": "Circle", "description": "A circle", "description_es": ""}
    response = admin_client.post(f"/admin/images/{picture.pk}/", values)
    found = response.context["form"].errors if response.status_code == 200 else {}
    assert list(found) == errors


@pytest.fixture
def spanish_draft(home: HomePage) -> StandardPage:
    """A Spanish page with a picture that has only an English alt text."""
    locale = Locale.objects.get_or_create(language_code="es")[0]
    spanish_home = home.copy_for_translation(locale)
    spanish_home.save_revision().publish()
    page = StandardPage(title="Nosotros", slug="nosotros", locale=locale, live=False)
    page.lead_picture = factories.drawing("Circle")
    return spanish_home.add_child(instance=page)


def test_missing_translated_alt_text_error_links_to_the_picture(
    spanish_draft: StandardPage, admin_client: Client
) -> None:
    picture = spanish_draft.lead_picture
    ((field, sentence),) = reasons(spanish_draft)
    assert field == "lead_picture"
    assert "“Circle” has no alt text in Spanish. Choose “Edit this image”" in sentence
    assert "“Description (Spanish)”" in sentence
    spanish_draft.save_revision()
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = admin_client.post(f"{url}?id={spanish_draft.pk}&next=/admin/", follow=True)
    html = response.content.decode()
    assert "“Circle” has no alt text in Spanish" in html
    assert f'href="/admin/images/{picture.pk}/"' in html
    values = {"title": "Circle", "description": "A circle", "description_es": "Un círculo"}
    assert admin_client.post(f"/admin/images/{picture.pk}/", values).status_code == 302
    StandardPage.objects.get().save_revision().publish()
    assert StandardPage.objects.get().live
    spanish_draft.lead_picture, spanish_draft.body = None, figure(factories.drawing("Square"), "")
    ((field, sentence),) = reasons(spanish_draft)
    assert field == "body"
    assert "“Alt text” below the picture" in sentence


def test_translation_may_be_submitted_before_the_picture_is_translated(
    spanish_draft: StandardPage,
) -> None:
    assert not list(spanish_draft.submission_errors())
    with pytest.raises(PublishingRefused, match="no alt text in Spanish"):
        spanish_draft.save_revision().publish()


def test_alias_in_another_language_is_not_refused(home: HomePage) -> None:
    """All texts of an alias are in the main language, so its alt texts may be too."""
    locale = Locale.objects.get_or_create(language_code="es")[0]
    page = factories.StandardPageFactory(parent=home, lead_picture=factories.drawing())
    home.copy_for_translation(locale)
    alias = page.copy_for_translation(locale, alias=True)
    page.save_revision().publish()  # also updates its aliases
    assert Page.objects.get(pk=page.pk).live
    assert not Page.objects.get(pk=alias.pk).live
