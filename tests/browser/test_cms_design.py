"""Fonts and colors of the CMS in its light and dark theme."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mission.models import HomePage
from stories.models import StoryPage
from tests.browser.axe import assert_contrast
from tests.browser.navigation import ANIMATIONS_ENDED, visit

# Images have their final size only after the preview's stylesheet has loaded.
PREVIEW_IS_LOADED = """name => {
    const preview = document.querySelector('.w-combobox-preview__iframe')?.contentDocument;
    return preview?.readyState === 'complete' && preview.title.startsWith(`Preview for ${name} (`);
}"""
BACKGROUNDS = {"light": "rgb(255, 251, 245)", "dark": "rgb(27, 13, 43)"}


@pytest.mark.parametrize("scheme", BACKGROUNDS)
def test_login_page_has_site_font_and_colors(new_page: Callable[..., Page], scheme: str) -> None:
    page = new_page(390, color_scheme=scheme)
    visit(page, "/admin/login/")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Drug Policy Alliance")
    assert heading.evaluate("e => getComputedStyle(e).fontFamily").startswith("Bricolage")
    assert page.evaluate("document.fonts.load('800 20px Bricolage').then(found => found.length)")
    expect(page.get_by_role("main")).to_have_css("background-color", BACKGROUNDS[scheme])
    assert_contrast(page)


def test_cms_pages_have_sufficient_contrast(
    open_cms: Callable[..., Page], database: Callable
) -> None:
    with database():
        story = StoryPage.objects.first()
        assert story
    page = open_cms(at="")
    edit = f"/admin/pages/{story.pk}/edit/"
    listing = f"/admin/pages/{story.get_parent().pk}/"
    record = f"/admin/consent/{story.consent_id}/inspect/"
    guide = "/admin/guide/upload-a-photo/"
    for path in ("/admin/", listing, edit, "/admin/consent/", record, "/admin/images/", guide):
        visit(page, path)
        expect(page.locator(".wordmark")).to_be_visible()
        for scheme in BACKGROUNDS:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.evaluate(ANIMATIONS_ENDED)
            assert_contrast(page)


def test_editor_text_has_site_fonts(open_cms: Callable[..., Page], database: Callable) -> None:
    with database():
        story = StoryPage.objects.exclude(body=[]).first()
        assert story
    page = open_cms(at="")
    visit(page, f"/admin/pages/{story.pk}/edit/")
    paragraph = page.locator(".Draftail-block--unstyled").first
    font = "e => getComputedStyle(e).fontFamily"
    assert paragraph.evaluate(font).startswith("Atkinson")
    paragraph.click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("## What works")  # Draftail turns this into a heading
    heading = page.locator(".Draftail-block--header-two").first
    expect(heading).to_have_css("font-weight", "800")
    assert heading.evaluate(font).startswith("Bricolage")


@pytest.mark.parametrize("model", [HomePage, StoryPage])
def test_block_previews_have_content_and_fit_frame(
    open_cms: Callable[..., Page], database: Callable, model: type
) -> None:
    with database():
        page_id = model.objects.first().pk
    page = open_cms(at="")
    visit(page, f"/admin/pages/{page_id}/edit/")
    page.get_by_role("button", name="Insert a block").first.click()
    openers = page.get_by_role("button", name="Preview", exact=True)
    expect(openers.first).to_be_visible()
    names = page.locator(".w-combobox__option-text").all_inner_texts()
    assert len(names) == openers.count() >= 5
    for number, name in enumerate(names):
        openers.nth(number).click()
        page.wait_for_function(PREVIEW_IS_LOADED, arg=name)
        frame = page.frame_locator(".w-combobox-preview__iframe")
        expect(frame.locator("main")).not_to_be_empty()
        assert frame.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth"), name
