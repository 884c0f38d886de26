"""A visitor without JavaScript submits a story; a steward handles it."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from stories.contacts import Contact
from stories.models import StoryIndexPage, StoryPage
from tests.browser.guide import WIDTH, picture
from tests.browser.navigation import expect_status, visit
from tests.pictures.sample_photographs import photograph

CONTACT_DETAILS = "rosa.unspeakable@example.org, after six in the evening"
PATH = "/take-part/story/"


@pytest.fixture
def _takes_stories(site: str, database: Callable) -> None:
    lists = StoryIndexPage.objects.filter(locale__language_code="en")
    with database():
        lists.update(takes_stories=True)


@pytest.mark.usefixtures("_takes_stories")
def test_story_submission_reaches_steward_who_deletes_contact_details(
    new_page: Callable[..., Page], open_cms: Callable[..., Page], tmp_path: Path
) -> None:
    photo, words = tmp_path / "rosa.jpg", tmp_path / "words.jpg"
    photo.write_bytes(photograph("JPEG"))
    words.write_text("These are words.")
    page = new_page(390, javascript=False)
    visit(page, PATH)
    expect_status(page, PATH, 422)
    page.get_by_role("textbox", name="Your story").fill("They took my kids.\n\nI got them back.")
    page.get_by_label("By another name").check()
    page.get_by_label("Name to show").fill("Rosa")
    page.get_by_label("A picture of you").set_input_files(words)  # mistake: not an image
    page.get_by_label("On this website").check()
    page.get_by_label("For one year").check()
    page.get_by_label("How we can reach you").fill(CONTACT_DETAILS)
    page.get_by_text("This is my own story").click()
    page.get_by_role("button", name="Send story").click()
    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.locator(".form-errors")).to_be_focused()
    expect(page.locator(".form-errors")).to_contain_text("damaged or is not a picture")
    expect(page.get_by_role("textbox", name="Your story")).to_have_value(
        "They took my kids.\n\nI got them back."
    )
    for box in ("By another name", "On this website", "For one year", "This is my own story"):
        expect(page.get_by_label(box)).to_be_checked()
    page.get_by_label("A picture of you").set_input_files(photo)
    page.get_by_role("button", name="Send story").click()
    expect(page).to_have_url(re.compile("/take-part/received/$"))
    days = settings.PERSONAL_DATA_RETENTION_DAYS
    expect(page.locator("main")).to_contain_text(f"within {days} days, we erase everything")
    assert not page.context.cookies()

    steward = open_cms(WIDTH, role="Story stewards")
    steward.locator("#sent-stories, [id*=sent-stories]").get_by_role("link").last.click()
    expect(steward.locator("main")).to_contain_text(CONTACT_DETAILS)
    picture(steward, "answer-a-sent-story")
    steward.get_by_role("link", name="Read the story").click()
    expect(steward.get_by_label("Name to show")).to_have_value("Rosa")
    expect(steward.locator("main")).not_to_contain_text(CONTACT_DETAILS)
    steward.go_back()
    steward.get_by_role("button", name="Delete contact details").click()
    expect(steward.locator(".messages")).to_contain_text("have been deleted")
    assert not Contact.objects.exists()


@pytest.mark.usefixtures("_takes_stories")
def test_ten_concurrent_submissions_create_one_story(site: str) -> None:
    with urlopen(f"{site}{PATH}") as response:  # noqa: S310
        timestamp = re.search(r'name="timestamp" value="([^"]*)"', response.read().decode())
    assert timestamp
    fields = {"timestamp": timestamp[1], "story": "Mine.", "naming": "voice", "scopes": "for_site"}
    fields |= {"days": "182", "reach": CONTACT_DETAILS, "is_own_story": "on"}
    together = threading.Barrier(10)

    def post(_number: int) -> str:
        request = Request(  # noqa: S310
            f"{site}{PATH}", urlencode(fields).encode(), {"Origin": site}
        )
        together.wait()
        with urlopen(request) as response:  # noqa: S310
            return response.url

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(post, range(10))) == {f"{site}/take-part/received/"}
    assert StoryPage.objects.filter(slug__startswith="sent-").count() == 1
