"""The page types of the site."""

from collections.abc import Iterator

from django.apps import apps
from wagtail.models import Page

from editorial.models import BasePage
from editorial.page_types import SearchType


def page_types() -> Iterator[type[BasePage]]:
    """All page types, in whatever app they are defined."""
    return (model for model in apps.get_models() if issubclass(model, BasePage))


def page_type(page: Page) -> type[BasePage] | None:
    """The type of a page; None for Wagtail's own pages."""
    found = page.specific_class
    return found if found and issubclass(found, BasePage) else None


def search_types() -> dict[str, SearchType]:
    """The groups of search results by name, in their order."""
    found = {model.search_type.name: model.search_type for model in page_types()}
    return dict(sorted(found.items(), key=lambda item: item[1].order))
