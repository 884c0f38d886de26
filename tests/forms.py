"""Reads the forms of a response as a browser does."""

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.http import HttpResponse


def submitted(html: str | HttpResponse, action: str = "") -> dict[str, list[str]]:
    """What the largest form of a page sends, or the form with this `action`."""
    text = html if isinstance(html, str) else html.content.decode()
    found = BeautifulSoup(text, "html.parser").find_all("form")
    forms = [form for form in found if not action or form.get("action") == action]
    form = max(forms, key=lambda one: len(one.select("[name]")))
    data: dict[str, list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        if not field.has_attr("disabled"):
            data.setdefault(str(field["name"]), []).extend(_values(field))
    return {name: values for name, values in data.items() if values}


def _values(field: Tag) -> list[str]:
    if field.name == "textarea":
        return [field.get_text().removeprefix("\n")]
    if field.name == "select":
        chosen = field.select("option[selected]")
        if not chosen and not field.has_attr("multiple"):
            chosen = field.select("option")[:1]
        return [str(option.get("value", option.get_text())) for option in chosen]
    kind: Any = field.get("type")
    if kind in ("file", "submit", "button"):
        return []
    if kind in ("checkbox", "radio"):
        return [str(field.get("value", "on"))] if field.has_attr("checked") else []
    return [str(field.get("value", ""))]
