"""What an editor types is never lost."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from mission.models import HomePage, StandardPage
from tests import factories


@pytest.fixture
def draft(database: Callable, site: str) -> Iterator[StandardPage]:
    with database():
        page = factories.StandardPageFactory(
            parent=HomePage.objects.get(), title="Typed by hand", slug="typed", live=False
        )
        page.body = [{"type": "text", "value": "<p>Once.</p>"}]
        page.save_revision()
    yield page
    with database():
        StandardPage.objects.get(pk=page.pk).delete()


def kept(database: Callable, page: StandardPage) -> StandardPage:
    with database():
        return StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def test_the_last_words_before_ctrl_s_are_saved(
    cms: Page, database: Callable, draft: StandardPage
) -> None:
    cms.goto(f"/admin/pages/{draft.pk}/edit/")
    cms.locator(".public-DraftEditor-content").get_by_text("Once.").click()
    cms.keyboard.press("End")
    cms.keyboard.type(" Last words.")
    cms.keyboard.press("Control+s")
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    assert "Once. Last words.</p>" in str(kept(database, draft).body)
