"""The actions menu of each page in a listing.

Wagtail renders its eight entries with 24 templates per row; this uses none.
"""

from functools import cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import ButtonWithDropdownFromHook

ICON = '<svg class="icon icon-{} {}" aria-hidden="true"><use href="#icon-{}"></use></svg>'
MENU = (
    '<div data-controller="w-dropdown" class="w-dropdown"{}>'
    '<button type="button" class="w-dropdown__toggle w-dropdown__toggle--icon"'
    ' data-w-dropdown-target="toggle" aria-label="{}">{}</button>'
    '<div data-w-dropdown-target="content" class="w-dropdown__content" hidden>{}</div></div>'
)


@cache
def _icon(name: str | None, classname: str = "icon") -> SafeString | str:
    return format_html(ICON, name, classname, name) if name else ""


class RowMenu(Component):
    """Renders the same HTML as Wagtail's button; `tests/cms/test_columns.py` compares them."""

    def __init__(self, button: ButtonWithDropdownFromHook) -> None:
        self.button = button
        self.show = True

    def render_html(self, parent_context: object = None) -> SafeString:
        entries = format_html_join(
            "",
            '<a href="{}" class="{}"{}>{}{}</a>',
            (
                (
                    item.url,
                    item.classname,
                    item.base_attrs_string,
                    _icon(item.icon_name),
                    item.label,
                )
                for item in sorted(self.button.dropdown_buttons)
            ),
        )
        icon = _icon(self.button.icon_name, "w-dropdown__toggle-icon")
        attributes = self.button.base_attrs_string
        return format_html(MENU, attributes, self.button.aria_label, icon, entries)
