"""Interface text is a string or a lazy translation, and pages never print a Python repr."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext_lazy
from wagtail.blocks import Block
from wagtail.fields import StreamField

from tests.every_page import PUBLIC_PATHS
from tests.translation_workflow import spanish

# The repr of a lazy translation, of any other object, and of a string in a tuple or list.
REPR = re.compile(r"\S*__proxy__\S*|<[\w.]+ object at 0x|[(\[]'[^'\n]*'\s*[,)\]]")
TEXT_ATTRIBUTES = ("alt", "title", "placeholder", "aria-label", "content", "value", "label")


def printed_reprs(html: str) -> list[str]:
    """The Python reprs in a page's text and readable attributes."""
    page = BeautifulSoup(html, "html.parser")
    for element in page(["script", "style"]):
        element.decompose()
    texts = list(page.strings)
    for element in page.find_all(True):
        texts += [str(element[name]) for name in TEXT_ATTRIBUTES if element.get(name)]
    return [found for text in texts for found in REPR.findall(text)]


def assert_prints_text(response: HttpResponse, path: str) -> None:
    found = printed_reprs(response.content.decode())
    assert not found, (
        f"{path} prints the repr {found}. Check for a trailing comma that makes a tuple of a "
        "translation, or for a list that is printed without join."
    )


@pytest.mark.parametrize(
    "printed",
    [
        repr((gettext_lazy("Issues"), gettext_lazy("Stories"))),
        repr((gettext_lazy("Issues"),)),
        repr([gettext_lazy("Issues")]),
        object.__repr__(gettext_lazy("Issues")),
        object.__repr__(ngettext_lazy("One", "Many")),
        repr(object()),
    ],
    ids=["tuple", "tuple of one", "list", "lazy text", "lazy plural", "object"],
)
def test_printed_reprs_are_found(printed: str) -> None:
    escaped = printed.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    assert printed_reprs(f"<p>Words {escaped}</p>")
    assert printed_reprs(f'<img alt="{escaped}">')
    assert not printed_reprs(f"<script>{printed}</script><p>Words (and ‘quotes’, or 'two')</p>")


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_public_pages_print_text(responses: dict[str, HttpResponse], path: str) -> None:
    assert responses[path].status_code == (404 if path == "/not-here/" else 200)
    assert_prints_text(responses[path], path)


def test_spanish_pages_print_text(every_page: SimpleNamespace, client: Client) -> None:
    for page in vars(every_page).values():
        page = type(page).objects.get(pk=page.pk)
        if not page.has_translation(spanish()):
            page.copy_for_translation(spanish(), copy_parents=True)
        copy = type(page).objects.get(pk=page.get_translation(spanish()).pk)
        copy.alias_of = None
        copy.save_revision().publish()
        response = client.get(copy.url)
        assert response.status_code == 200, copy.url
        assert '<html lang="es"' in response.content.decode()
        assert_prints_text(response, copy.url)


def test_cms_prints_text(every_page: SimpleNamespace, admin_client: Client) -> None:
    paths = [
        reverse("wagtailadmin_pages:edit", args=[page.pk]) for page in vars(every_page).values()
    ]
    names = ("reviews_report", "translations_report", "wording:add", "wagtailredirects:add")
    paths += ["/admin/", "/admin/settings/site_settings/sitesettings/", *map(reverse, names)]
    for path in paths:
        response = admin_client.get(path, follow=True)
        assert response.status_code == 200, path
        assert_prints_text(response, path)


Text = tuple[str, object]  # place, value


def block_texts(place: str, block: Block) -> Iterator[Text]:
    yield f"{place}: label", block.label
    for name in ("description", "help_text", "group"):
        yield f"{place}: {name}", getattr(block.meta, name, None)
    if child := getattr(block, "child_block", None):
        yield from block_texts(f"{place} › {type(child).__name__}", child)
    for name, child in getattr(block, "child_blocks", {}).items():
        yield from block_texts(f"{place} › {name}", child)


def model_texts(model: type[models.Model]) -> Iterator[Text]:
    """The names, help texts and choices of a model that the CMS shows."""
    file = Path(inspect.getfile(model)).relative_to(settings.BASE_DIR)
    place = f"{file}: {model.__name__}"
    yield f"{place}: page_description", getattr(model, "page_description", None)
    yield f"{place}: verbose_name", model._meta.verbose_name
    yield f"{place}: verbose_name_plural", model._meta.verbose_name_plural
    for field in model._meta.get_fields(include_parents=False):
        if not isinstance(field, models.Field):
            continue
        here = f"{place}.{field.name}"
        yield f"{here}: verbose_name", field.verbose_name
        yield f"{here}: help_text", field.help_text
        for _value, label in field.flatchoices:
            yield f"{here}: choice", label
        if isinstance(field, StreamField):
            yield from block_texts(here, field.stream_block)


OWN_MODELS = [
    model
    for model in apps.get_models()
    if Path(inspect.getfile(model)).is_relative_to(settings.BASE_DIR / model._meta.app_label)
]


@pytest.mark.parametrize("model", OWN_MODELS, ids=lambda model: model._meta.label)
def test_model_names_and_help_texts_are_text(model: type[models.Model]) -> None:
    wrong = [
        f"{place} is a {type(text).__name__}, {text!r}. Make it a string, without a trailing comma."
        for place, text in model_texts(model)
        if text is not None and not isinstance(text, str | Promise)
    ]
    assert not wrong, "\n".join(wrong)
