"""Editor tasks that involve personal data: photo upload, and the approval of a story."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from pictures.models import Picture
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import visit
from tests.pictures.sample_photographs import CREATOR, photograph

TITLE = "The door was open"


def test_photograph_upload_reports_removed_metadata(
    open_cms: Callable[..., Page], steps: Callable[[], int], database: Callable, tmp_path: Path
) -> None:
    (tmp_path / "notes.jpg").write_text("These are words.")
    photo = tmp_path / "march.jpg"
    photo.write_bytes(photograph("JPEG"))
    cms = open_cms(WIDTH, role="Editors")
    before = steps()
    cms.get_by_role("link", name="Images", exact=True).click()
    cms.get_by_role("link", name="Add an image").click()
    file = cms.locator("#fileupload")
    file.set_input_files([tmp_path / "notes.jpg", photo])  # mistake: not an image
    expect(cms.locator("#upload-list")).to_contain_text("damaged or is not a picture")
    cms.get_by_label("Title").fill("Marching in the rain")
    cms.get_by_label("Description", exact=True).fill("Six people under umbrellas hold a banner.")
    cms.get_by_role("radio", name="Someone who cannot be recognized").check()
    picture(cms, "upload-a-photo-refused", cms.get_by_text("Or choose from your computer"))
    cms.get_by_role("button", name="Update").click()
    expect(cms.locator(".messages")).to_contain_text("Image updated")
    cms.get_by_role("link", name="Images", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text(
        "the location where it was taken, details of the camera"
    )
    picture(cms, "upload-a-photo-told")
    assert steps() - before <= 9
    with database():
        added = Picture.objects.get(title="Marching in the rain")
        assert added.credit == CREATOR
        assert list(added.display_errors()) == []


def test_story_is_approved_and_published(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
) -> None:
    steward = open_cms(WIDTH, role="Story stewards")
    writer = open_cms(WIDTH, role="Writers")
    before = steps()
    writer.get_by_role("link", name="Stories").click()
    writer.get_by_role("link", name="Add story").click()
    writer.get_by_role("textbox", name="Title").first.fill(TITLE)
    writer.get_by_role("textbox", name="Quote", exact=True).fill("Nobody asked for my name.")
    writer.get_by_role("button", name="More actions").click()
    writer.get_by_role("button", name="Submit to Stories").click()
    expect(writer.locator(".messages")).to_contain_text("submitted for approval")
    writing = steps() - before

    editor = open_cms(WIDTH, role="Editors")
    before = steps()
    editor.get_by_role("link", name=TITLE).first.click()
    editor.get_by_role("button", name="Approve", exact=True).click()
    expect(editor.locator(".messages")).to_contain_text("is approved. It now waits for")
    reading = steps() - before

    visitor = new_page(390)
    visit(visitor, "/stories/the-door-was-open/", status=404)
    before = steps()
    steward.get_by_role("link", name="Dashboard").click()
    steward.get_by_role("link", name=TITLE).first.click()
    dialog = steward.get_by_role("dialog")

    def confirm() -> None:
        steward.get_by_role("button", name="Confirm and Publish").click()
        expect(dialog.get_by_text("has read this version")).to_be_visible()
        for box in dialog.get_by_role("checkbox").all():
            box.check()
        picture(steward, "publish-a-story-confirm")
        dialog.get_by_role("button", name="Confirm").click()

    confirm()  # mistake: no consent yet
    expect(dialog).to_contain_text("Consent is not complete: Say who is shown")
    picture(steward, "publish-a-story-refused")
    dialog.get_by_role("button", name="Close").click()
    steward.get_by_role("button", name="Actions", exact=True).first.click()
    actions = steward.get_by_role("navigation", name="Actions", exact=True)
    actions.get_by_role("link", name="Consent", exact=True).click()
    steward.get_by_role("link", name="Renew or change").click()
    steward.get_by_label("Who is shown").select_option("recognizable")
    steward.get_by_label("Basis").select_option("form")
    steward.get_by_label("Form reference").fill("2026-031")
    steward.get_by_label("Given on").fill(str(localdate()))
    steward.get_by_label("Expires on").fill(str(localdate() + timedelta(days=730)))
    steward.get_by_label("Steward").select_option(label="story-stewards")
    picture(steward, "publish-a-story-consent")
    steward.get_by_role("button", name="Save").click()
    expect(steward.locator(".messages")).to_contain_text("Saved.")

    steward.get_by_role("link", name="Dashboard").click()
    steward.get_by_role("link", name=TITLE).first.click()
    confirm()
    expect(steward.locator(".messages")).to_contain_text("is approved and published")
    visit(visitor, "/stories/the-door-was-open/")
    expect(visitor.locator("main")).to_contain_text("Nobody asked for my name.")
    assert (writing, reading, steps() - before) <= (7, 4, 28)
