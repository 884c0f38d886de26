"""Dialogs take what is typed as soon as they are shown."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mission.models import StandardPage
from tests.browser.editor import open_editor
from tests.browser.navigation import visit


@pytest.mark.parametrize("opened_by", ["Choose another page", "Choose an image"])
def test_dialog_takes_what_is_typed_at_once(cms: Page, draft: StandardPage, opened_by: str) -> None:
    if opened_by == "Choose an image":
        open_editor(cms, draft)
        cms.get_by_role("button", name=opened_by).first.click()
    else:
        visit(cms, f"/admin/pages/{draft.pk}/move/")
        cms.get_by_role("button", name="Actions").last.click()
        cms.get_by_role("button", name=opened_by).click()
    dialog = cms.get_by_role("dialog")
    dialog.wait_for()
    cms.keyboard.type("Stories", delay=150)  # so that typing outlasts the animation
    expect(dialog.get_by_label("Search term")).to_have_value("Stories")


def test_refused_upload_in_a_chooser_focuses_the_field(
    cms: Page, draft: StandardPage, tmp_path: Path
) -> None:
    open_editor(cms, draft)
    cms.get_by_role("button", name="Choose an image").first.click()
    dialog = cms.get_by_role("dialog")
    dialog.get_by_role("tab", name="Upload").click()
    (tmp_path / "program.jpg").write_bytes(b"<?php echo 1;")
    file = dialog.locator("input[type=file]")
    file.set_input_files(tmp_path / "program.jpg")
    expect(dialog.get_by_label("Title")).to_have_value("program")
    dialog.get_by_role("button", name="Upload").press("Enter")
    expect(dialog).to_contain_text("damaged or is not a picture")
    expect(file).to_be_focused()
