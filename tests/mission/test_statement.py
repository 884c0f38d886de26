from importlib import import_module

import pytest
from django.apps import apps
from django.template.loader import render_to_string
from wagtail.models import Site

from mission.blocks import StatementBlock
from mission.models import HomePage
from mission.site_settings import SiteSettings
from tests import factories

upgrade = import_module("mission.migrations.0005_keep_the_look")


def size(statement: str, ending: str = "") -> str:
    return StatementBlock().to_python({"statement": statement, "ending": ending}).size


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("love,", "not war."), "giant"),
        (("Care.",), "giant"),
        (("amor,", "no en la guerra."), "huge"),
        (("women",), "huge"),
        (("Policy shaped by love, not war",), "large"),
        (("Menschenwürde", "statt Strafe."), "medium"),
        (("We are creating drug policy shaped by love, not war",), "medium"),
        (("Straßenverkehrsordnung",), "small"),
        (("Arzneimittelversorgungssicherstellung",), "least"),
        (("",), "giant"),
    ],
)
def test_words_are_as_large_as_the_longest_of_them_allows(
    words: tuple[str, ...], expected: str
) -> None:
    assert size(*words) == expected


def test_a_screen_reader_hears_one_sentence() -> None:
    value = {"lead_in": "Policy shaped by", "statement": "love,", "ending": "not war."}
    block = StatementBlock()
    html = render_to_string(block.meta.template, {"value": block.to_python(value)})
    heading = html[html.index("<h2>") : html.index("</h2>")]
    assert "by</span> <span" in heading
    assert "love, <span" in heading


def test_an_upgrade_splits_the_sentence_this_site_came_with_and_no_other() -> None:
    split = upgrade.SplitStatement().apply
    old = {"statement": "We are creating drug policy shaped by love, not war.", "caption": "C"}
    new = {"lead_in": "We are creating drug policy shaped by", "caption": "C"}
    assert split(old) == new | {"statement": "love,", "ending": "not war."}
    other = {"statement": "We are creating something else, not war."}
    assert split(other) == other


def test_an_upgrade_keeps_the_pages_of_the_footer(home: HomePage) -> None:
    about = factories.StandardPageFactory(parent=home, title="About")
    factories.StandardPageFactory(parent=home, show_in_menus=True)
    factories.StandardPageFactory(parent=home, live=False)
    factories.StandardPageFactory(parent=about)
    factories.ActionPageFactory(parent=home)
    SiteSettings.for_site(Site.objects.get())
    upgrade.keep_footer_pages(apps, None)
    assert SiteSettings.objects.get().footer_page_ids == [about.pk]
