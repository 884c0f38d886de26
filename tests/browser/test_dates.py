"""Dates typed in a browser whose time zone is not that of the site."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from news.models import NewsPage
from site_settings.models import SiteSettings
from tests.browser.navigation import ANIMATIONS_ENDED, visit
from tests.browser.test_publishing_tasks import SAVED, publish


def test_typed_dates_are_read_in_the_zone_of_the_site(
    open_cms: Callable[..., Page], database: Callable
) -> None:
    cms = open_cms(role="Editors", timezone_id="Asia/Tokyo")
    cms.get_by_role("link", name="News", exact=True).click()
    cms.get_by_role("link", name="Add news item").click()
    cms.get_by_role("textbox", name="Title").first.press_sequentially("The clinic opens", delay=40)
    cms.get_by_role("button", name="Toggle status").click()
    cms.get_by_role("button", name="Set schedule").click()
    dialog = cms.get_by_role("dialog")
    goes_live = dialog.get_by_label("Go live date/time")
    save = dialog.get_by_role("button", name="Save schedule")
    for text, reason in (
        ("tonight", "“tonight” is not a date and time"),
        ("12/01/2037", "Add the time"),
        ("12/01/2017 9:00 am", "This time has passed"),
    ):
        goes_live.press("ControlOrMeta+a")
        goes_live.press_sequentially(text, delay=40)
        save.click()
        expect(dialog.locator(".error-message").first).to_contain_text(reason)
        expect(goes_live).to_have_value(text)
    goes_live.press("ControlOrMeta+a")
    goes_live.press_sequentially("12/01/2037 9:00 am", delay=40)
    goes_live.press("Escape")  # closes the dialog and keeps what is typed
    expect(dialog).to_be_hidden()
    cms.get_by_role("button", name=re.compile("^(Set|Edit) schedule$")).click()
    expect(goes_live).to_have_value("12/01/2037 9:00 am")
    words = "Tuesday, Dec. 1, 2037, 9 a.m., in the time zone America/New_York"
    expect(dialog.get_by_text(words)).to_be_visible()
    dialog.get_by_role("button", name="Choose in a calendar").first.click()
    picker = dialog.locator("input[type=date]").first
    expect(picker).to_have_value("2037-12-01")
    picker.evaluate(
        "field => { field.value = '2037-12-02'; field.dispatchEvent(new Event('input')); }"
    )
    expect(goes_live).to_have_value("2037-12-02 09:00")
    cms.evaluate(ANIMATIONS_ENDED)
    save.click()
    expect(cms.locator(".messages")).to_contain_text(SAVED)
    publish(cms, "Schedule to publish")
    expect(cms.locator(".messages")).to_contain_text("scheduled for publishing")
    with database():
        page = NewsPage.objects.get(title="The clinic opens")
        assert not page.live
        goes_live_at = page.get_latest_revision_as_object().go_live_at
        assert goes_live_at == datetime(2037, 12, 2, 14, tzinfo=UTC)

    visit(cms, "/admin/settings/site_settings/sitesettings/")
    cms.get_by_label("Sentence").fill("Our telephone line is down.")
    ends = cms.get_by_label("Ends")
    for text in ("tonight", "12/01/2037 9 p.m."):
        ends.press("ControlOrMeta+a")
        ends.press_sequentially(text, delay=40)
        ends.press("Tab")
        expect(cms.get_by_text(re.compile("^(“tonight” is not|Tuesday, Dec. 1)"))).to_be_visible()
        cms.get_by_role("button", name="Save").click()
        refused = cms.locator(".error-message", has_text="“tonight” is not a date and time")
        expect(refused).to_have_count(int(text == "tonight"))
    expect(cms.locator(".messages")).to_contain_text("updated")
    with database():
        alert_until = SiteSettings.objects.get().alert_until
        assert alert_until == datetime(2037, 12, 2, 2, tzinfo=UTC)
