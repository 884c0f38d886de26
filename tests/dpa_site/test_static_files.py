import json
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings

from dpa_site.assets import stylesheets

# Bytes, compressed with Brotli.
BUDGETS = {"css/site.css": 9 * 1024, "css/home.css": 1.5 * 1024, "css/help.css": 5.5 * 1024}


def production_storage(root: Path) -> override_settings:
    backend = {"BACKEND": "dpa_site.assets.staticfiles.BundlingStorage"}
    return override_settings(
        STATIC_ROOT=root, STORAGES=settings.STORAGES | {"staticfiles": backend}
    )


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of collected static files, without those of other packages."""
    root = tmp_path_factory.mktemp("static")
    own = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    with production_storage(root), override_settings(STATICFILES_FINDERS=own):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


def hashed_file(root: Path, name: str) -> Path:
    return root / json.loads((root / "staticfiles.json").read_text())["paths"][name]


@pytest.mark.parametrize("name", BUDGETS)
def test_stylesheet_is_bundled_with_all_layers(collected: Path, name: str) -> None:
    css = hashed_file(collected, name).read_text()
    assert "@import" not in css
    source = (settings.BASE_DIR / "static" / name).read_text()
    layers = re.findall(r"layer\(([\w-]+)\)", source)
    assert layers
    for layer in layers:
        assert f"@layer {layer}{{" in css
    assert ("@media print{" in css) is (name != "css/home.css")


@pytest.mark.parametrize("name", BUDGETS)
def test_bundled_stylesheet_contains_all_selectors(collected: Path, name: str) -> None:
    css = hashed_file(collected, name).read_text()
    folder = settings.BASE_DIR / "static"
    files = re.findall(r'@import url\("([\w-]+)', (folder / name).read_text())
    compared = 0
    for file in files:
        source = re.sub(r"/\*.*?\*/", "", (folder / f"css/{file}.css").read_text(), flags=re.DOTALL)
        for selectors in re.findall(r"^([^\s@}][^{}]*) {$", source, re.MULTILINE):
            written = re.sub(r"\s+", " ", selectors).replace(", ", ",")
            assert f"{written}{{" in css, f"“{written}” of {file}.css is missing in {name}"
            compared += 1
    assert compared > 5 * len(files)


def test_stylesheet_links_hashed_fonts(collected: Path) -> None:
    css = hashed_file(collected, "css/site.css").read_text()
    fonts = re.findall(r'url\("?([^")]+\.woff2)"?\)', css)
    assert fonts
    for font in fonts:
        assert re.search(r"\.[0-9a-f]{12}\.woff2$", font)
        assert (collected / "css" / font).resolve().is_file()


def test_cms_stylesheet_is_separate_and_shares_fonts_and_tokens(collected: Path) -> None:
    assert "--w-color" not in hashed_file(collected, "css/site.css").read_text()
    css = hashed_file(collected, "css/admin.css")
    files = re.findall(r'url\("?([^")]+)"?\)', css.read_text())
    assert len(files) == 4
    for file in files:
        assert re.search(r"(fonts|tokens|cms|favicon)\.[0-9a-f]{12}\.(css|svg)$", file)
        assert (css.parent / file).resolve().is_file()


def test_urgent_help_stylesheet_loads_no_fonts(collected: Path) -> None:
    assert "woff2" not in hashed_file(collected, "css/help.css").read_text()


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_brotli_files_are_within_budget(collected: Path, name: str, budget: int) -> None:
    css = hashed_file(collected, name)
    stored = css.with_name(css.name + ".br")
    assert brotli.decompress(stored.read_bytes()) == css.read_bytes()
    assert stored.stat().st_size <= budget


def test_pages_are_within_size_budget(starter: None, client: Client) -> None:
    """The HTML contains its stylesheet, and is compressed as in the page cache."""
    inner = ("/issues/community-reinvestment/", "/stories/", "/urgent-help/")
    for path, budget in (("/", 25), *((path, 20) for path in inner)):
        response = client.get(path)
        assert response.status_code == 200, path
        html = response.content
        assert html.count(b"<style>") == (2 if path == "/" else 1)
        size = len(brotli.compress(html, brotli.MODE_TEXT, quality=5))
        assert size <= budget * 1024, f"{path} has {size} bytes, at most {budget * 1024}"


def test_unhashed_stylesheet_is_collected(collected: Path) -> None:
    assert "@layer" in (collected / "css/site.css").read_text()


def test_inlined_stylesheet_is_the_collected_one(collected: Path) -> None:
    # DEBUG turns off the cache of stylesheets.
    with production_storage(collected), override_settings(DEBUG=True):
        css = stylesheets.text("css/site.css")
    assert css == hashed_file(collected, "css/site.css").read_text().replace("../", "/static/")
    fonts = re.findall(r'url\("?/static/(fonts/[^")]+)"?\)', css)
    assert len(fonts) == 9
    assert all((collected / font).is_file() for font in fonts)
