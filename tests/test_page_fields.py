"""Every field of a page type can be edited, is filled in tests and is shown to readers."""

from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.db import models
from django.test import Client
from django.utils.formats import localize
from wagtail.admin.panels import Panel
from wagtail.models import Page

from editorial.models import BasePage
from editorial.registry import page_types

# Fields that all types share have tests of their own.
SHARED = {field.name for model in (BasePage, Page) for field in model._meta.get_fields()}
UNFILLED = {
    "StandardPage.body",  # other pages have all blocks
    "ActionPage.closes_on",  # an open action has neither an end nor a result
    "ActionPage.result",
    "UrgentHelpPage.checked_by",  # a value would hide the note that nobody has checked the page
}
NOT_SHOWN = {"ActionPage.goal"}  # shown only when there are enough signatures
each_type = pytest.mark.parametrize("model", list(page_types()), ids=lambda one: one.__name__)


def own_fields(model: type[BasePage]) -> Iterator[models.Field]:
    """The editable fields of this type, without the fields that all types share."""
    for field in model._meta.get_fields():
        if isinstance(field, models.Field) and field.editable and field.name not in SHARED:
            yield field


def names_in(panels: list[Panel]) -> set[str]:
    """The names of the fields in these panels."""
    found = {getattr(panel, "field_name", "") for panel in panels}
    return found.union(*(names_in(getattr(panel, "children", [])) for panel in panels))


@each_type
def test_fields_are_in_a_panel(model: type[BasePage]) -> None:
    shown = names_in([model.get_edit_handler()])
    missing = [field.name for field in own_fields(model) if field.name not in shown]
    assert not missing, (
        f"Editors cannot fill {missing} of {model.__name__}. Add them to its content_panels."
    )


@each_type
def test_fields_are_filled_and_shown(
    model: type[BasePage], every_page: SimpleNamespace, client: Client
) -> None:
    pages = [page for page in vars(every_page).values() if type(page) is model]
    texts = {page: unquote(unescape(client.get(page.url).content.decode())) for page in pages}
    for field in own_fields(model):
        label = f"{model.__name__}.{field.name}"
        filled = {page: field.value_from_object(page) for page in pages}
        filled = {page: value for page, value in filled.items() if value}
        if isinstance(field, models.BooleanField) or label in UNFILLED:
            continue
        assert filled, (
            f"No page in tests/every_page.py has {label}. Fill it in, so that the tests of pages "
            "cover it."
        )
        is_text = isinstance(field, models.CharField | models.TextField | models.IntegerField)
        if is_text and not field.choices and label not in NOT_SHOWN:
            assert any(
                str(value) in texts[page] or localize(value) in texts[page]
                for page, value in filled.items()
            ), f"templates/{model.template} does not show {label}."
