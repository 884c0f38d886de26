"""System checks of the attributes that page types must set."""

import pytest

from cms.listings import page_lists
from news.models import NewsIndexPage, NewsPage


def test_missing_declaration_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(NewsPage, "cms_list")
    [error] = NewsPage.check()
    assert error.id == "editorial.E001"
    assert "cms_list" in error.msg
    assert page_lists()  # must not fail: the URLs call it, and system checks import the URLs


def test_page_type_that_no_type_may_contain_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NewsIndexPage, "allowed_parent_page_models", list)
    [error] = NewsIndexPage.check()
    assert error.id == "editorial.E002"
    assert "NewsIndexPage" in error.msg
