"""Pictures in the CMS: removed metadata, rejected uploads, missing alt texts."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Page, Route, expect

from mission.models import HomePage, StandardPage
from pictures.models import Picture
from tests import factories
from tests.browser.navigation import shoot, visit
from tests.pictures import sample_photographs
from tests.pictures.sample_photographs import MARK, name_for, photograph
from tests.pictures.test_duplicates import scene

FORMATS = ["JPEG", "PNG", "WEBP", "HEIF"]


@pytest.fixture
def files(database: Callable, tmp_path: Path) -> dict[str, Path]:
    """A photograph with personal metadata in each format, not yet uploaded."""
    with database():
        Picture.objects.filter(credit=sample_photographs.CREATOR).delete()
    paths = {format_: tmp_path / name_for(format_) for format_ in FORMATS}
    for format_, path in paths.items():
        path.write_bytes(photograph(format_))
    return paths


def assert_metadata_removed(database: Callable, number: int) -> None:
    """Assert that the newest `number` pictures are upright and no file has personal metadata."""
    made = set()
    with database():
        for picture in Picture.objects.order_by("-pk")[:number]:
            with picture.file.open() as stored, Image.open(BytesIO(stored.read())) as image:
                assert sample_photographs.stands_upright(image)
            renditions = [Path(one.file.path) for one in picture.renditions.all()]
            assert renditions or not picture.specs
            made |= {Path(picture.file.path), *renditions}
    kept = {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    assert made <= kept
    for path in kept:
        assert "lopez" not in path.name
        content = path.read_bytes()
        assert MARK not in content
        assert sample_photographs.CREATOR.encode() not in content


@pytest.mark.parametrize("format_", FORMATS)
def test_upload_removes_metadata_and_reports_it(
    cms: Page, database: Callable, files: dict[str, Path], format_: str
) -> None:
    visit(cms, "/admin/images/multiple/add/")
    cms.locator("#fileupload").set_input_files(files[format_])
    expect(cms.locator("[name$=-credit]")).to_have_value("Ana Ruíz")
    visit(cms, "/admin/images/")
    expect(cms.locator(".messages")).to_contain_text(
        "the location where it was taken, details of the camera"
    )
    expect(cms.locator(".messages")).to_contain_text("Ana Ruíz")
    assert_metadata_removed(database, 1)


def test_multiple_upload_removes_metadata(
    cms: Page, database: Callable, files: dict[str, Path]
) -> None:
    visit(cms, "/admin/images/multiple/add/")
    cms.locator("#fileupload").set_input_files(list(files.values()))
    # The same picture in each format: the first is new, and the others are near copies.
    keep = cms.get_by_role("button", name="Keep new image")
    expect(keep).to_have_count(len(FORMATS) - 1, timeout=60_000)
    for _copy in FORMATS[1:]:
        keep.first.click()
    expect(cms.locator("[name$=-credit]")).to_have_count(len(FORMATS))
    for field in cms.locator("[name$=-credit]").all():
        expect(field).to_have_value("Ana Ruíz")
    assert_metadata_removed(database, len(FORMATS))


def test_multiple_upload_rejects_invalid_file(cms: Page, tmp_path: Path) -> None:
    (tmp_path / "program.jpg").write_bytes(b"<?php echo 1;")
    visit(cms, "/admin/images/multiple/add/")
    cms.locator("#fileupload").set_input_files(tmp_path / "program.jpg")
    expect(cms.locator("#upload-list")).to_contain_text("damaged or is not a picture")


def test_form_of_upload_takes_no_words_while_it_is_saved(
    cms: Page, database: Callable, tmp_path: Path
) -> None:
    """Words typed then would be lost. If the server does not answer, the form says so."""
    answers: list[str] = []

    def answer(route: Route) -> None:
        answers.append("lost" if not answers else "late")
        if answers == ["lost"]:
            route.abort()
        else:
            cms.keyboard.type("lost words")
            route.continue_()

    visit(cms, "/admin/images/multiple/add/")
    (tmp_path / "9.jpg").write_bytes(scene(9))
    cms.locator("#fileupload").set_input_files(tmp_path / "9.jpg")
    description = cms.get_by_label("Description", exact=True)
    description.fill("photo")
    cms.get_by_label("No one", exact=True).check()
    cms.route("**/multiple/**", answer)
    update = cms.get_by_role("button", name="Update")
    update.click()
    expect(cms.get_by_text("may not have saved this")).to_be_in_viewport()
    expect(update).to_be_focused()
    expect(description).to_have_value("photo")
    # Not a click, because a second one within a second counts as a double click.
    cms.locator("#upload-list form").evaluate("form => form.requestSubmit()")
    expect(cms.get_by_role("alert")).to_be_focused()
    expect(cms.get_by_role("alert")).to_contain_text("Saved, but")
    expect(description).to_have_value("photo")
    description.fill("People march in the rain.")
    update.click()
    expect(cms.locator("#upload-list > li")).to_have_count(0)
    expect(cms.locator("#fileupload")).to_be_focused()
    assert answers == ["lost", "late", "late"]
    with database():
        assert Picture.objects.latest("pk").description == "People march in the rain."


def test_chooser_upload_removes_metadata(
    cms: Page, database: Callable, files: dict[str, Path]
) -> None:
    with database():
        page = StandardPage.objects.get(slug="contact")
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    cms.get_by_role("button", name="Choose an image").first.click()
    dialog = cms.get_by_role("dialog")
    dialog.get_by_role("tab", name="Upload").click()
    dialog.locator("input[type=file]").set_input_files(files["HEIF"])
    dialog.get_by_label("Title").fill("Chosen march")
    dialog.get_by_label("No one", exact=True).check()
    dialog.get_by_role("button", name="Upload").dblclick()
    expect(dialog.get_by_role("alert")).to_contain_text("has no alt text in English")
    dialog.get_by_role("link", name="Use it in the draft").click()
    expect(dialog).to_be_hidden()
    with database():
        assert Picture.objects.filter(title="Chosen march").count() == 1
    expect(cms.get_by_text("Chosen march").first).to_be_visible()
    assert_metadata_removed(database, 1)
    visit(cms, "/admin/images/")
    expect(cms.locator(".messages")).to_contain_text(re.compile("Removed from .*Chosen march"))


def test_upload_does_not_set_who_is_shown_if_deleted_copy_was_stricter(
    open_cms: Callable[..., Page], database: Callable, tmp_path: Path
) -> None:
    cms = open_cms(role="Writers", at="")
    path = tmp_path / "child.jpg"
    path.write_bytes(scene(8))
    for answer in ("A child", "No one"):
        visit(cms, "/admin/images/multiple/add/")
        cms.locator("#fileupload").set_input_files(path)
        cms.locator("[name$=-description]").fill("Somebody plays")
        cms.get_by_label(answer, exact=True).check()
        cms.get_by_role("button", name="Update").click()
        told = "Nobody has agreed" if answer == "A child" else "The same picture was uploaded"
        expect(cms.get_by_role("alert")).to_contain_text(told)
        expect(cms.locator(".messages")).not_to_contain_text("updated")
        with database():
            picture = Picture.objects.latest("pk")
            assert picture.record.shown == ("child" if answer == "A child" else "")
            if answer == "A child":
                picture.delete()
    expect(cms.get_by_role("alert")).to_be_in_viewport()
    shoot(cms, "cms former picture")


def test_missing_spanish_alt_text_is_reported_beside_the_picture(
    cms: Page, database: Callable
) -> None:
    with database():
        home = HomePage.objects.get(locale__language_code="es")
        page = StandardPage(title="Rutas", slug="rutas", locale=home.locale, live=False)
        page.lead_picture = factories.drawing("Routes")
        home.add_child(instance=page)
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    error = cms.locator(".error-message", has_text="“Routes” has no alt text in Spanish")
    expect(error).to_contain_text("“Description (Spanish)”")
    shoot(cms, "cms alt text in Spanish")
    field = cms.locator(".w-field__wrapper", has=error).last
    field.get_by_role("button", name="Actions").click()
    url = cms.get_by_role("link", name="Edit this image").get_attribute("href")
    visit(cms, str(url))
    cms.get_by_label("Description (Spanish)").fill("Rutas que se cruzan")
    cms.get_by_role("button", name="Save").click()
    cms.wait_for_url("**/admin/images/")
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("published")
    with database():
        assert StandardPage.objects.get(pk=page.pk).live
