from django.test import Client, RequestFactory
from django.views.defaults import server_error

from mission.models import HomePage
from tests import factories


def test_a_missing_page_offers_ways_on(home: HomePage, client: Client) -> None:
    response = client.get("/not-here/")
    assert response.status_code == 404
    html = response.content.decode()
    assert 'action="/search/"' in html
    assert 'href="/"' in html
    factories.UrgentHelpPageFactory(parent=home, slug="urgent")
    main = client.get("/not-here/").content.decode().partition("<main")[2]
    assert 'href="/urgent/"' in main.partition("</main>")[0]


def test_a_missing_page_before_there_is_any_content(db: None, client: Client) -> None:
    assert client.get("/not-here/").status_code == 404


def test_the_error_page_needs_no_database() -> None:
    """pytest-django refuses any query here: this test asked for no database."""
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert 'href="/static/css/site.css"' in html
    assert 'href="tel:911"' in html  # the page for emergencies may be down as well
    assert "Give naloxone" in html
    assert "Da naloxona" in html
    assert "{%" not in html


def test_the_error_page_leads_to_where_the_starter_puts_urgent_help(
    starter: None, client: Client
) -> None:
    html = server_error(RequestFactory().get("/")).content.decode()
    assert 'href="/urgent-help/"' in html
    assert client.get("/urgent-help/").status_code == 200


def test_nothing_below_es_until_there_is_a_translation(home: HomePage, client: Client) -> None:
    assert client.get("/es/").status_code == 404
    spanish = home.copy_for_translation(_locale("es"))
    assert client.get("/es/").status_code == 404
    spanish.save_revision().publish()
    response = client.get("/es/")
    assert response.status_code == 200
    assert '<html lang="es"' in response.content.decode()
    assert '<html lang="en"' in client.get("/").content.decode()


def _locale(code: str):  # noqa: ANN202
    from wagtail.models import Locale

    return Locale.objects.get_or_create(language_code=code)[0]
