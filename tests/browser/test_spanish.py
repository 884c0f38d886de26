"""The site in Spanish, and translating a page into Spanish."""

import re
from collections.abc import Callable, Iterator

import polib
import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect
from wagtail.models import Locale
from wagtail.users.models import UserProfile

from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import visit
from tests.browser.pages import SPANISH, STATUS
from tests.translation_workflow import begin

CATALOG = settings.BASE_DIR / "locale/es/LC_MESSAGES/django.po"


def english_messages() -> set[str]:
    """The English messages whose Spanish translation is different."""
    return {
        entry.msgid
        for entry in polib.pofile(str(CATALOG))
        if entry.msgid != entry.msgstr and "%" not in entry.msgid and entry.msgstr
    }


def page_texts(page: Page) -> list[str]:
    """The page's texts and readable attributes, without those marked as English."""
    return page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
          const foreign = node => node.closest("[lang]").lang !== "es"
          while (walker.nextNode())
            if (!foreign(walker.currentNode.parentElement)) found.push(walker.currentNode.data)
          for (const name of ["alt", "aria-label", "placeholder", "title"])
            for (const element of document.body.querySelectorAll(`[${name}]`))
              if (!foreign(element)) found.push(element.getAttribute(name))
          return found.map(words => words.replace(/\\s+/g, " ").trim()).filter(Boolean)
        }"""
    )


def test_spanish_site_works_without_javascript(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(390, javascript=False)
    visit(page, "/")
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Español").click()
    expect(page).to_have_url(re.compile("/es/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Somos la Drug Policy Alliance")

    page.get_by_role("link", name="Centros de prevención de sobredosis").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Centros de prevención")
    page.locator(".source-number a").first.click()
    sources = page.get_by_role("region", name="Fuentes")
    expect(sources).to_be_in_viewport()
    expect(sources).to_contain_text("julio de 2022")
    page.get_by_role("link", name="Volver al texto desde la fuente 1", exact=True).click()

    page.get_by_role("link", name="Ayuda urgente").first.click()
    expect(page.get_by_role("link", name=re.compile("Llama al 911"))).to_be_in_viewport()
    expect(page.locator("main")).to_contain_text("Da naloxona si la tienes")

    page.locator("header a.wordmark").click()
    page.locator("main").get_by_role("link", name="Únete").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Únete")
    page.locator("main").get_by_role("link", name="Escribe a quien te representa").click()
    expect(page.get_by_label("Tu carta")).to_contain_text("quiero pedirle algo")
    expect(page.get_by_role("link", name="Abrir en mi correo")).to_be_visible()
    page.locator("summary", has_text="Menú").click()
    page.get_by_role("navigation", name="Menú").get_by_role("link", name="English").click()
    expect(page).to_have_url(re.compile("/write-to-your-lawmaker/$"))


@pytest.mark.parametrize("name", SPANISH)
def test_spanish_page_has_no_english_messages(new_page: Callable[..., Page], name: str) -> None:
    page = new_page(390, javascript=False)
    visit(page, SPANISH[name], STATUS.get(name, 200))
    assert page.locator("html").get_attribute("lang") == "es"
    texts = set(page_texts(page))
    assert len(texts) > 15
    assert not texts & english_messages()
    if name not in ("results in Spanish", "missing in Spanish"):
        expect(page.locator("main")).to_contain_text("aún no ha sido revisada")


def test_language_link_of_untranslated_page_leads_to_home_page(
    new_page: Callable[..., Page], care_page: StandardPage
) -> None:
    page = new_page(1440)
    visit(page, "/care/")
    switch = page.get_by_role("navigation", name="Main").get_by_role("link", name="Español: inicio")
    assert switch.get_attribute("lang") == "es"
    switch.click()
    expect(page).to_have_url(re.compile("/es/$"))


@pytest.fixture
def care_page(database: Callable) -> Iterator[StandardPage]:
    with database():
        page = factories.StandardPageFactory(
            parent=HomePage.objects.get(locale__language_code="en"),
            title="Care comes first",
            slug="care",
            body=[{"type": "text", "value": "<p>Somebody asks how you are.</p>"}],
        )
        page.save_revision().publish()
    return page


def translate_segment(cms: Page, source: str, words: str) -> None:
    source_text = cms.get_by_text(source, exact=True)
    segment = cms.locator("[role=tabpanel] li:has(> p)").filter(has=source_text)
    segment.get_by_role("button", name="Translate").click()
    field = cms.get_by_role("tabpanel").get_by_role("textbox")
    field.fill(words)
    with cms.expect_response(re.compile(r"/edit/\?opened_at=")):
        cms.get_by_role("tabpanel").get_by_role("button", name="Save").click()
    expect(field).to_have_count(0)


def test_page_is_translated_into_spanish_and_published(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    care_page: StandardPage,
) -> None:
    cms = open_cms(WIDTH, role="Editors")
    visit(cms, reverse("wagtailadmin_pages:edit", args=[care_page.pk]))
    before = steps()
    cms.get_by_role("button", name="Actions", exact=True).first.click()
    cms.get_by_role("link", name="Translate this page").click()
    cms.get_by_label("Spanish").check()
    cms.get_by_role("button", name="Submit").click()
    expect(cms).to_have_url(re.compile(r"/admin/pages/\d+/edit/"))
    visitor = new_page(390)
    visit(visitor, "/es/care/", status=404)

    picture(cms, "make-a-spanish-copy-pieces", cms.get_by_role("button", name="Translate"))
    translate_segment(cms, "Care comes first", "Primero el cuidado")
    translate_segment(cms, "Somebody asks how you are.", "Alguien te pregunta cómo estás.")
    publish_button = cms.get_by_role("button", name="Publish in Spanish")
    publish_button.click()  # mistake: the slug is not translated yet
    expect(cms.locator(".messages")).to_contain_text("1 segment is not translated yet.")
    picture(cms, "make-a-spanish-copy-refused", cms.get_by_role("tab", name="Promote"))
    visit(visitor, "/es/care/", status=404)

    cms.get_by_role("tab", name="Promote").click()
    translate_segment(cms, "care", "primero el cuidado")  # spaces become hyphens
    publish_button.click()
    expect(cms.locator(".messages")).to_contain_text("Published 'Primero el cuidado' in Spanish")
    assert steps() - before <= 16

    visit(visitor, "/care/")
    visitor.locator("summary", has_text="Menu").click()
    menu = visitor.get_by_role("navigation", name="Menu")
    menu.get_by_role("link", name="Español", exact=True).click()
    expect(visitor).to_have_url(re.compile("/es/primero-el-cuidado/$"))
    expect(visitor.locator("main")).to_contain_text("Alguien te pregunta cómo estás.")
    for path in ("/care/", "/es/primero-el-cuidado/"):
        visit(visitor, path)
        links = visitor.locator("link[rel=alternate][hreflang]")
        found = {link.get_attribute("hreflang"): link.get_attribute("href") for link in links.all()}
        assert {name: str(url).partition("/care")[1] for name, url in found.items()} == {
            "en": "/care",
            "es": "",
            "x-default": "/care",
        }
        assert str(found["es"]).endswith("/es/primero-el-cuidado/")


def test_cms_uses_preferred_language_of_user(cms: Page, database: Callable) -> None:
    with database():
        profile = UserProfile.get_for_user(User.objects.get(username="editor"))
        profile.preferred_language = "es"
        profile.save()
        page = StandardPage.objects.get(slug="about")
        assert Locale.objects.filter(language_code="es").exists()
    visit(cms, reverse("wagtailadmin_pages:edit", args=[page.pk]))
    expect(cms.get_by_text("Dos o tres frases para listas y buscadores")).to_be_visible()
    visit(cms, reverse("translations_report"))
    expect(cms.get_by_role("heading", name="Traducciones")).to_be_visible()


def test_main_button_of_translation_submits_it(
    open_cms: Callable[..., Page], care_page: StandardPage, database: Callable
) -> None:
    with database():
        page = begin(care_page).get_target_instance()
    cms = open_cms(WIDTH, role="Writers", color_scheme="dark")
    visit(cms, reverse("wagtailadmin_pages:edit", args=[page.pk]))
    cms.get_by_role("button", name="Toggle status").click()
    cms.get_by_role("button", name="Translate").first.click(trial=True)  # not below the panel
    cms.get_by_role("button", name="Toggle status").click()
    footer = cms.locator("footer")
    submit = footer.locator(".w-dropdown-button > .button").first
    expect(submit).to_have_text("Submit for approval")
    expect(submit).to_have_attribute("href", reverse("submit_translation", args=[page.pk]))
    expect(footer.get_by_role("link", name="Delete")).to_be_hidden()
    footer.get_by_role("button", name="More actions").click()
    expect(footer.get_by_role("link", name="Delete")).to_be_visible()
    title = cms.get_by_role("heading", name="English to Spanish translation")
    color = title.evaluate("node => getComputedStyle(node.parentElement).backgroundColor")
    assert max(map(int, re.findall(r"\d+", color))) < 100
