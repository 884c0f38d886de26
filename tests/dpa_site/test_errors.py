import os
import re
import runpy
from pathlib import Path
from unittest.mock import Mock, patch

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import bad_request, server_error

from dpa_site import error_pages, migrations_state
from dpa_site.assets import stylesheets
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


@pytest.mark.parametrize(
    "path", ["//[x", "//]", "///[", "//℀", "/\t/[", "/\n//[x/", "//[x/?[", "/%"]
)
def test_path_that_looks_like_a_wrong_host_is_404(
    path: str, home: HomePage, client: Client
) -> None:
    path_info = path.encode().decode("latin-1")  # as WSGI servers pass it on
    assert client.generic("GET", "/", PATH_INFO=path_info).status_code == 404


def test_400_page_needs_no_database() -> None:
    response = bad_request(RequestFactory().get("/"), Exception())
    assert response.status_code == 400
    html = response.content.decode()
    assert '<p lang="en">The URL or the form' in html
    assert '<p lang="es">La URL o el formulario' in html


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The error pages that `web` writes for nginx, by path."""
    root = tmp_path_factory.mktemp("pages")
    error_pages.write(root)
    return {str(path.relative_to(root)): path.read_text("utf-8") for path in root.rglob("*.*")}


def test_error_pages_of_nginx_are_written_in_each_language(pages: dict[str, str]) -> None:
    names = [f"{name}.html" for name in error_pages.NAMES]
    assert set(pages) == {*names, *(f"es/{name}" for name in names)}
    assert '<html lang="en">' in pages["429.html"]
    assert "Too many requests came from your network." in pages["429.html"]
    assert '<html lang="es">' in pages["es/429.html"]
    assert "Llegaron demasiadas solicitudes desde tu red." in pages["es/429.html"]
    assert "This is too large to send" in pages["413.html"]
    assert '<p lang="es">Esto es demasiado grande para enviarlo.' in pages["413.html"]


def test_error_pages_of_nginx_need_no_further_request(pages: dict[str, str]) -> None:
    """A further request may be refused as well."""
    for html in pages.values():
        assert stylesheets.text("css/help.css") in html
        assert not re.findall(r"<script|<link|<img| src=|url\(", html)


def test_writing_error_pages_again_replaces_them(tmp_path: Path) -> None:
    error_pages.write(tmp_path)
    (tmp_path / "es/429.html").write_text("old")
    error_pages.write(tmp_path)
    assert "Demasiadas" in (tmp_path / "es/429.html").read_text("utf-8")


def test_web_writes_the_error_pages_even_if_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ERROR_PAGES_ROOT", str(tmp_path))
    monkeypatch.setattr(migrations_state, "is_behind", Mock(side_effect=DatabaseError))
    with patch.dict(os.environ):  # gunicorn.conf.py sets PROMETHEUS_MULTIPROC_DIR
        runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))["on_starting"](None)
    assert "Demasiadas" in (tmp_path / "es/429.html").read_text("utf-8")


def test_nginx_has_an_error_page_for_each_status_it_sends() -> None:
    folder = settings.BASE_DIR / "deploy"
    written = (folder / "error-pages.conf").read_text("utf-8")
    named = re.findall(r" /(\w+)\.html;", written + CONFIGURATION)
    assert set(named) == {*error_pages.NAMES}
    shown = "|".join(error_pages.NAMES)
    assert rf"location ~ ^/({shown})\.html$ {{" in CONFIGURATION
    statuses = re.findall(r"limit_(?:conn|req)_status (\d+);", CONFIGURATION)
    assert set(statuses) == {"429"}
    mounted = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")
    assert "- error-pages:/data/error-pages:ro\n" in mounted
    assert "ERROR_PAGES_ROOT: /data/error-pages\n" in mounted


def test_each_location_of_nginx_has_the_error_pages() -> None:
    """If a location has an `error_page`, nginx ignores those of the server block."""
    uploads = (settings.BASE_DIR / "deploy/uploads.conf").read_text("utf-8")
    included = "include /etc/nginx/site/error-pages.conf;"
    assert included in uploads
    locations = re.findall(r"\n        location (.*?)\n        \}", CONFIGURATION, re.DOTALL)
    own = [content for content in locations if "error_page" in content]
    assert len(own) == 5
    for content in own:
        assert "uploads.conf" in content or content.startswith(("@kept", "@refused_page"))


@pytest.mark.parametrize(
    ("url", "folder"),
    [("/es/", "/es"), ("/es/join/?x=1", "/es"), ("/pt-br/a/", "/pt-br"), ("/", ""), ("/join/", "")],
)
def test_nginx_chooses_the_error_page_by_url(url: str, folder: str) -> None:
    [pattern] = re.findall(r'"~(.*)" \$folder;', CONFIGURATION)
    found = re.search(pattern.replace("(?<", "(?P<"), url)
    assert (found["folder"] if found else "") == folder


def test_signed_out_page_opens_login_in_another_tab(pages: dict[str, str]) -> None:
    html = pages["signed_out.html"]
    assert "Nothing was saved yet. Keep this tab open" in html
    assert '<p lang="es">Se cerró tu sesión y todavía no se guardó nada.' in html
    link = f'href="{reverse("account_login")}?next={reverse("staff_ready")}" target="_blank"'
    assert link in html
    assert "error_page 403 /signed_out.html;\n            return 403;" in CONFIGURATION


def test_500_page_needs_no_database() -> None:
    """Without the `db` fixture, pytest-django fails on any query."""
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert stylesheets.text("css/help.css") in html
    # The urgent help page may be unavailable too, so this page says what to do.
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
