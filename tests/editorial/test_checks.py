import re

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from wagtail.models import Locale

from editorial.checks import ALT_PREFIX, EditorialChecks, mark_findings
from editorial.stigmatizing_language import Wording
from mission.models import HomePage
from tests import factories

pytestmark = pytest.mark.django_db


def findings(html: str) -> list[str]:
    """The rules that `html` violates. A rule about a stigmatizing word is given as the word."""
    words = {wording.rule: wording.word for wording in Wording.objects.all()}
    found = BeautifulSoup(mark_findings(html), "html.parser").select("[data-check]")
    return [words.get(str(tag["data-check"]), str(tag["data-check"])) for tag in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Click here", ["vague-link"]),
        ("<b>Read more</b>.", ["vague-link"]),
        ("Haz clic aquí", ["vague-link"]),
        ("https://www.example.org/report", ["vague-link"]),
        ("www.example.org", ["vague-link"]),
        ("Read more about naloxone", []),
        ("Here is how to begin", []),
    ],
)
def test_link_check_flags_vague_link_text(words: str, expected: list[str]) -> None:
    assert findings(f'<p><a href="/x/">{words}</a></p>') == expected


@pytest.mark.parametrize(
    "words",
    [
        "It fell by 40%.",
        "It fell by 40 percent.",
        "It cost $15.8 billion.",
        "One in three people",
        "3 out of 4 people",
        "1,558,862 arrests",
        "Studies show that it helps.",
        "According to the bureau",
        "1.558.862 arrestos",
        "Costó 15 millones.",
        "Una de cada tres personas",
        "Los estudios muestran que ayuda.",
        "Según la oficina",
    ],
)
def test_source_check_flags_unsourced_figures(words: str) -> None:
    mark = '<sup class="source-number"><a href="#source-1">1</a></sup>'
    assert findings(f'<div class="prose"><p>{words}</p></div>') == ["unsourced"]
    assert findings(f'<div class="prose"><p>{words}{mark}</p></div>') == []


@pytest.mark.parametrize("words", ["In 2024 we began.", "Call 911.", "Two people came in."])
def test_source_check_ignores_years_and_small_numbers(words: str) -> None:
    assert findings(f'<div class="prose"><p>{words}</p></div>') == []


def test_source_check_flags_unsourced_claim() -> None:
    assert findings('<div class="claim"><p>A claim</p></div>') == ["unsourced"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("An addict and two Addicts", ["addict", "addict"]),
        ("addicted to", []),
        ("an ex-addict", ["ex-addict"]),
        ("substance abuse &amp; more", ["substance abuse"]),
        ("National Institute on Drug Abuse", []),
        ("<blockquote>I was a junkie</blockquote>", []),
    ],
)
def test_wording_check_flags_stigmatizing_words_outside_quotes(
    words: str, expected: list[str]
) -> None:
    assert findings(f"<p>{words}</p>") == expected


def test_checks_do_not_change_text() -> None:
    html = "<p>An &lt;addict&gt; &amp; “others” it's</p>"
    text = BeautifulSoup(mark_findings(html), "html.parser").get_text()
    assert text == "An <addict> & “others” it's"


@pytest.mark.parametrize(
    ("alt", "expected"), [("Image of a man", True), ("a photo of us", True), ("A man", False)]
)
def test_alt_text_check_flags_image_of_prefix(alt: str, expected: bool) -> None:
    assert bool(re.search(ALT_PREFIX, alt, re.IGNORECASE)) is expected


def test_wording_list_can_be_edited_in_cms(admin_client: Client) -> None:
    assert Wording.objects.count() > 15
    admin_client.post(
        reverse("wording:add"), {"word": "lazy", "instead": "person who needs a rest."}
    )
    rule = Wording.objects.get(word="lazy").rule
    message = EditorialChecks().get_axe_messages(None)[rule]
    assert message["error_name"] == "“lazy” can hurt"
    assert "person who needs a rest. You may" in message["help_text"]
    assert findings("<p>Lazy</p>") == ["lazy"]
    response = admin_client.post(reverse("wording:add"), {"word": "LAZY", "instead": "x"})
    assert "This word is already in the list." in response.content.decode()


def test_wording_list_rejects_duplicate_word() -> None:
    with pytest.raises(ValidationError):
        Wording(word="Addict", instead="x").full_clean()


def test_findings_appear_in_preview_only(client: Client, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="careless")
    page.body = [{"type": "text", "value": "<p>An addict</p>"}]
    page.save()
    response = client.get("/careless/")
    assert response.status_code == 200
    assert "An addict" in response.content.decode()
    assert "data-check" not in response.content.decode()
    preview = page.make_preview_request().render().content.decode()
    assert "data-check" in preview


def test_alt_text_in_another_language_is_marked_and_named(client: Client, home: HomePage) -> None:
    circles, squares = factories.drawing("Circles"), factories.drawing("Squares")
    circles.description, squares.other_descriptions = "Many “circles”", {"es": "Cuadrados"}
    circles.save()
    squares.save()
    home.hero_picture, home.listing_picture = circles, squares
    home.save()
    page = home.copy_for_translation(Locale.objects.get_or_create(language_code="es")[0])
    HomePage.objects.filter(pk=page.pk).update(live=True)  # because publishing refuses this page
    named = {
        rule: message["error_name"]
        for rule, message in EditorialChecks(page).get_axe_messages(None).items()
        if rule.startswith("alt-language")
    }
    assert named == {f"alt-language-{circles.pk}": "“Circles” has no alt text in this language"}
    selectors = [rule["selector"] for rule in EditorialChecks(page).get_axe_custom_rules(None)]
    assert '[data-check="alt-language"][alt="Many “circles”"]' in selectors
    html = client.get(page.url).content.decode()
    assert 'alt="Many “circles”" lang="en"' in html
    assert "data-check" not in html
    with translation.override("es"):
        preview = page.make_preview_request().render().content.decode()
    marked = BeautifulSoup(preview, "html.parser").select("[data-check=alt-language]")
    assert [tag["alt"] for tag in marked] == ["Many “circles”"]
    assert not EditorialChecks(home)._pictures_by_rule
    assert "lang=" not in str(BeautifulSoup(client.get("/").content, "html.parser").main.img)


def test_wording_list_is_for_editors_not_writers(client: Client) -> None:
    for group, expected in (("Editors", 200), ("Writers", 302)):
        user = factories.UserFactory()
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        assert client.get(reverse("wording:add")).status_code == expected
