import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from wagtail.blocks import StreamBlockValidationError
from wagtail.models import Page, Site

from editorial.blocks.body import BodyBlock
from issues.models import IssueIndexPage
from mission.models import HomePage, StandardPage
from site_settings.models import SiteSettings
from tests import factories
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home
from tests.translation_workflow import spanish


def publish_spanish(page: Page, **fields: object) -> Page:
    """Publish a Spanish translation of the page with the given field values."""
    copy = type(page).objects.get(pk=page.pk).copy_for_translation(spanish())
    for name, value in fields.items():
        setattr(copy, name, value)
    copy.save_revision().publish()
    return type(page).objects.get(pk=copy.pk)


def make_both() -> None:
    """A home page and a child page in both languages."""
    home = make_home()
    home.save_revision().publish()
    about = factories.StandardPageFactory(parent=home, title="About us", slug="about")
    about.save_revision().publish()
    publish_spanish(home, title="Inicio", hero_statement="Hola")
    publish_spanish(about, title="Quiénes somos", slug="nosotros", show_in_menus=True)


CONTENTS = {"both": Content("both", make_both, ("tests/mission/test_languages.py", *SOURCES))}


@pytest.fixture
def both(db: None) -> SimpleNamespace:
    """The pages of `make_both`."""
    home, casa = HomePage.objects.order_by("pk")
    about, nosotros = StandardPage.objects.order_by("pk")
    return SimpleNamespace(home=home, about=about, casa=casa, nosotros=nosotros)


def get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_alternate_links_name_each_language(both: SimpleNamespace, client: Client) -> None:
    expected = {
        "en": "http://testserver/about/",
        "es": "http://testserver/es/nosotros/",
        "x-default": "http://testserver/about/",
    }
    for path in ("/about/", "/es/nosotros/"):
        links = re.findall(
            r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', get(client, path)
        )
        assert dict(links) == expected
    both.nosotros.unpublish()
    assert "hreflang" not in get(client, "/about/").partition("</head>")[0]


def test_alternate_links_require_public_home_page(both: SimpleNamespace, client: Client) -> None:
    both.casa.unpublish()
    assert "hreflang" not in get(client, "/about/").partition("</head>")[0]


def test_language_link_leads_to_translation_or_home_page(
    both: SimpleNamespace, client: Client
) -> None:
    here = '<a href="/es/nosotros/" lang="es" hreflang="es">Español</a>'
    assert here in get(client, "/about/")
    assert '<a href="/about/" lang="en" hreflang="en">English</a>' in get(client, "/es/nosotros/")
    both.nosotros.unpublish()
    assert '<a href="/es/" lang="es" hreflang="es">Español: inicio</a>' in get(client, "/about/")
    assert 'href="/es/search/?q=word" lang="es"' in get(client, "/search/?q=word")
    assert "Español: inicio" in client.get("/nowhere/").content.decode()
    both.casa.unpublish()
    assert "Español" not in get(client, "/about/")


def test_urgent_help_link_falls_back_to_other_language(
    both: SimpleNamespace, client: Client
) -> None:
    page = factories.UrgentHelpPageFactory(parent=both.home, slug="urgent-help")
    assert '<a href="/urgent-help/">Ayuda urgente' in get(client, "/es/nosotros/")
    publish_spanish(page, slug="ayuda")
    html = get(client, "/es/nosotros/")
    assert '<a href="/es/ayuda/">Ayuda urgente' in html
    assert "/urgent-help/" not in html


def test_language_link_ignores_private_translation(both: SimpleNamespace, client: Client) -> None:
    both.nosotros.view_restrictions.create(restriction_type="password", password="x")
    assert "/es/nosotros/" not in get(client, "/about/")


def test_outdated_translation_links_to_newer_original(
    both: SimpleNamespace, client: Client
) -> None:
    notice = "El original de esta página es más reciente."
    assert notice not in get(client, "/es/nosotros/")
    both.about.save_revision().publish()
    assert notice in get(client, "/es/nosotros/")
    assert "The original of this page is newer" not in get(client, "/about/")
    both.nosotros.save_revision().publish()
    assert notice not in get(client, "/es/nosotros/")


def test_links_cards_actions_and_menus_use_translation(
    both: SimpleNamespace, client: Client
) -> None:
    lonely = factories.StandardPageFactory(parent=both.home, title="Only here", slug="lonely")
    pages = [both.about.pk, lonely.pk]
    words = "".join(f'<p><a linktype="page" id="{pk}">words</a></p>' for pk in pages)
    body = [
        {"type": "text", "value": words},
        {"type": "cards", "value": {"heading": "Cards", "pages": pages}},
        {"type": "action", "value": {"heading": "H", "link_text": "Go", "page": both.about.pk}},
    ]
    both.nosotros.body = body
    both.nosotros.save_revision().publish()
    both.casa.join_page, both.casa.join_text = both.about, "Únete"
    both.casa.save_revision().publish()
    settings = SiteSettings.for_site(Site.objects.get())
    settings.footer_pages = [{"type": "page", "value": pk} for pk in pages]
    settings.alert_text, settings.alert_page = "Go slow.", both.about
    settings.alert_until = timezone.now() + timedelta(hours=1)
    settings.save()
    html = get(client, "/es/nosotros/")
    assert 'href="/about/" lang="en" hreflang="en">English' in html
    assert html.count('href="/about/"') == html.count('lang="en" hreflang="en">English<')
    assert '<a href="/lonely/" hreflang="en">words</a>' in html
    assert html.count('href="/es/nosotros/"') >= 5
    assert 'href="/es/nosotros/">Únete' in get(client, "/es/")
    both.nosotros.unpublish()
    both.about.body = body
    both.about.save_revision().publish()
    assert 'href="/about/"' in get(client, "/about/")


def test_site_settings_texts_are_translated(both: SimpleNamespace, client: Client) -> None:
    settings = SiteSettings.for_site(Site.objects.get())
    settings.tagline, settings.footer_note = "Care", "A note"
    settings.alert_text, settings.alert_until = "Go slow.", timezone.now() + timedelta(hours=1)
    words = {"language": "es", "tagline": "Cuidado", "alert_text": "", "footer_note": ""}
    settings.other_languages = [{"type": "words", "value": words}]
    settings.save()
    html = get(client, "/es/")
    assert "Cuidado</p>" in html
    assert '<p lang="en">Go slow.</p>' in html  # English, because there is no translation
    assert '<span lang="en">A note</span>' in html
    assert "<p>Go slow.</p>" in get(client, "/")


def test_other_languages_reject_duplicate_language() -> None:
    twice = [{"type": "words", "value": {"language": "es", "tagline": name}} for name in ("A", "B")]
    block = SiteSettings._meta.get_field("other_languages").stream_block
    with override("en"):
        with pytest.raises(StreamBlockValidationError) as refused:
            block.clean(block.to_python(twice))
        assert refused.value.block_errors[1].messages == [
            "This language is already in the list above. Remove one of the two."
        ]


def test_translation_needs_no_extra_queries(
    home: HomePage, issue_index: IssueIndexPage, queries: Callable
) -> None:
    before = len(queries("/issues/"))
    publish_spanish(home, title="Inicio")
    index = publish_spanish(issue_index, title="Temas", slug="temas")
    for number in range(10):
        issue = factories.IssuePageFactory(parent=issue_index)
        publish_spanish(issue, title=f"Tema {number}", slug=f"tema-{number}")
    assert len(queries("/issues/")) == before
    assert len(queries(index.url)) == before


def test_unreviewed_translation_shows_notice(both: SimpleNamespace, client: Client) -> None:
    both.nosotros.unreviewed_translation = True
    both.nosotros.save_revision().publish()
    assert "aún no ha sido revisada" in get(client, "/es/nosotros/")


def test_alt_text_is_in_page_language(home: HomePage) -> None:
    photo = factories.picture("A photograph")
    photo.other_descriptions = {"es": "Una fotografía"}
    with override("es"):
        assert photo.alt == "Una fotografía"
    with override("en"):
        assert photo.alt == "A photograph, described"
    photo.is_decoration = True
    with override("es"):
        assert photo.alt == ""


def test_empty_block_text_is_not_none() -> None:
    value = BodyBlock().to_python([{"type": "action", "value": {"heading": "H"}}])
    assert value[0].value["text"] == ""
