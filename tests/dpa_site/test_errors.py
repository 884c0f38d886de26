import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import bad_request, server_error

from dpa_site.wsgi import application
from mission.models import HomePage
from tests import factories
from tests.dpa_site.test_edge import CONFIGURATION


def test_404_page_links_to_search_home_and_urgent_help(home: HomePage, client: Client) -> None:
    response = client.get("/not-here/")
    assert response.status_code == 404
    html = response.content.decode()
    assert 'action="/search/"' in html
    assert 'href="/"' in html
    factories.UrgentHelpPageFactory(parent=home, slug="urgent")
    main = client.get("/not-here/").content.decode().partition("<main")[2]
    assert 'href="/urgent/"' in main.partition("</main>")[0]


def test_404_page_needs_no_content(db: None, client: Client) -> None:
    assert client.get("/not-here/").status_code == 404


def test_400_page_needs_no_database() -> None:
    response = bad_request(RequestFactory().get("/"), Exception())
    assert response.status_code == 400
    html = response.content.decode()
    assert '<p lang="en">The URL or the form' in html
    assert '<p lang="es">La URL o el formulario' in html


def test_413_page_is_a_file_for_nginx() -> None:
    html = (settings.BASE_DIR / "templates/413.html").read_text("utf-8")
    assert "This is too large to send" in html
    assert '<p lang="es">Esto es demasiado grande para enviarlo.' in html
    assert "{%" not in html
    assert "error_page 413 /413.html;" in CONFIGURATION


def test_signed_out_page_is_a_file_for_nginx() -> None:
    html = (settings.BASE_DIR / "templates/signed_out.html").read_text("utf-8")
    assert "Nothing was saved yet. Keep this tab open" in html
    assert '<p lang="es">Se cerró tu sesión y todavía no se guardó nada.' in html
    link = f'href="{reverse("account_login")}?next={reverse("staff_ready")}" target="_blank"'
    assert link in html
    assert "{%" not in html
    assert "error_page 403 /signed_out.html;\n            return 403;" in CONFIGURATION


def test_500_page_needs_no_database() -> None:
    """Without the `db` fixture, pytest-django fails on any query."""
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert 'href="/static/css/site.css"' in html
    # The urgent help page may be unavailable as well, so the page has the number itself.
    assert 'href="tel:911"' in html
    assert "Give naloxone" in html
    assert "Da naloxona" in html
    assert "{%" not in html


def test_500_page_links_to_urgent_help_of_starter_content(starter: None, client: Client) -> None:
    html = server_error(RequestFactory().get("/")).content.decode()
    for path in ("/urgent-help/", "/es/ayuda-urgente/", "/es/"):
        assert f'href="{path}"' in html
        assert client.get(path).status_code == 200


def test_spanish_home_is_404_until_translated(home: HomePage, client: Client) -> None:
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


@pytest.mark.parametrize("parameter", ["x*=undefined''x", "charset*=undefined''x"])
def test_content_type_that_django_cannot_read_is_ignored(
    parameter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = RequestFactory().get("/").environ | {"CONTENT_TYPE": f"text/plain; {parameter}"}
    with pytest.raises((LookupError, UnicodeError)):
        WSGIRequest(environ)
    monkeypatch.setattr("dpa_site.wsgi.page_cache", lambda environ, _: [WSGIRequest(environ)])
    (request,) = application(environ, print)
    assert not request.content_type
