"""The menu of each page in a list: eight entries, which Wagtail writes by 24 templates a row."""

from functools import cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import ButtonWithDropdownFromHook

ICON = '<svg class="icon icon-{} {}" aria-hidden="true"><use href="#icon-{}"></use></svg>'
MENU = (
    '<div data-controller="w-dropdown" class="w-dropdown">'
    '<button type="button" class="w-dropdown__toggle w-dropdown__toggle--icon"'
    ' data-w-dropdown-target="toggle" aria-label="{}">{}</button>'
    '<div data-w-dropdown-target="content" class="w-dropdown__content" hidden>{}</div></div>'
)


@cache
def _icon(name: str | None, classname: str = "icon") -> SafeString | str:
    return format_html(ICON, name, classname, name) if name else ""


class RowMenu(Component):
    """Looks and behaves as Wagtail's; `tests/cms/test_columns.py` compares them."""

    def __init__(self, wagtails: ButtonWithDropdownFromHook) -> None:
        self.wagtails = wagtails
        self.show = True

    def render_html(self, parent_context: object = None) -> SafeString:
        entries = format_html_join(
            "",
            '<a href="{}" class="{}"{}>{}{}</a>',
            (
                (one.url, one.classname, one.base_attrs_string, _icon(one.icon_name), one.label)
                for one in sorted(self.wagtails.dropdown_buttons)
            ),
        )
        icon = _icon(self.wagtails.icon_name, "w-dropdown__toggle-icon")
        return format_html(MENU, self.wagtails.aria_label, icon, entries)
