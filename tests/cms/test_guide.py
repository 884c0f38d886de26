import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import wagtail
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.text import capfirst
from PIL import Image
from wagtail.users.models import UserProfile

from cms.guide import FOLDER, INDEX
from editorial.registry import page_types
from mission.models import HomePage
from staff.models import User
from tests import factories

FILES = {file.stem: file for file in (INDEX, *sorted(FOLDER.glob("*.md")))}
EACH_PAGE = pytest.mark.parametrize("name", FILES)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
PICTURES = sorted(FOLDER.glob("*.webp"))
MAX_BYTES, MAX_WIDTH = 60_000, 1200


def links(name: str) -> list[tuple[bool, str, Path]]:
    """The links of a page as (is picture, text, file)."""
    found = LINK.findall(FILES[name].read_text("utf-8"))
    return [(bool(mark), words, FILES[name].parent / target) for mark, words, target in found]


@EACH_PAGE
def test_guide_links_resolve_and_pictures_have_alt_text(name: str) -> None:
    for is_picture, words, file in links(name):
        assert file.is_file(), file
        assert file.suffix == (".webp" if is_picture else ".md")
        assert len(words.split()) > (3 if is_picture else 0)


def test_guide_index_is_complete_and_pictures_are_used() -> None:
    assert {file.stem for _is, _words, file in links(INDEX.stem)} == FILES.keys() - {INDEX.stem}
    shown = {file.resolve() for name in FILES for is_picture, _w, file in links(name) if is_picture}
    assert shown == set(PICTURES)
    named = {model.guide_page for model in page_types()} - {""}
    missing = sorted(named - FILES.keys())
    assert not missing, (
        f"docs/editors/ has no {missing}, which page types name in `guide_page`. Write the page "
        'and link to it in docs/editors.md, or set guide_page = "".'
    )


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.stem)
def test_guide_pictures_are_small(file: Path) -> None:
    assert file.stat().st_size <= MAX_BYTES
    with Image.open(file) as picture:
        assert picture.width <= MAX_WIDTH


def labels() -> Iterator[str]:
    """Every label the CMS can show: Wagtail's messages, our strings and our field names."""
    for catalog in Path(wagtail.__file__).parent.rglob("locale/en/LC_MESSAGES/*.po"):
        yield from re.findall(r'^msgid "(.+)"$', catalog.read_text("utf-8"), re.MULTILINE)
    for app in (path.parent for path in settings.BASE_DIR.glob("*/apps.py")):
        for file in app.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield capfirst(node.value)
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield capfirst(node.id.replace("_", " "))
    for file in (settings.BASE_DIR / "templates").rglob("*.html"):
        yield from re.findall(r'translate "([^"]+)"', file.read_text("utf-8"))


def test_guide_bold_texts_are_cms_labels() -> None:
    known = set(labels())
    bold = {
        (name, " ".join(words.split()))
        for name, file in FILES.items()
        for words in re.findall(r"\*\*(.+?)\*\*", file.read_text("utf-8"), re.DOTALL)
    }
    assert len(bold) > 50
    assert not sorted((name, words) for name, words in bold if words not in known)


@EACH_PAGE
def test_guide_page_is_shown_in_cms_with_links(home: HomePage, name: str) -> None:
    client = Client()
    client.force_login(factories.UserFactory(is_superuser=True))
    html = client.get(_url(name)).content.decode()
    title = FILES[name].read_text("utf-8").partition("\n")[0].removeprefix("# ")
    assert title in html.replace("&#x27;", "'")
    for is_picture, _words, file in links(name):
        url = reverse("guide_picture", args=[file.stem]) if is_picture else _url(file.stem)
        assert f'"{url}"' in html
        response = client.get(url)
        assert response.status_code == 200
        assert (response["Content-Type"] == "image/webp") is is_picture


def test_guide_requires_login_and_serves_only_its_files(
    home: HomePage, client: Client, admin_client: Client
) -> None:
    picture = reverse("guide_picture", args=[PICTURES[0].stem])
    for path in (reverse("guide"), _url("checks"), picture):
        assert client.get(path).status_code == 302
    for path in ("/admin/guide/nothing/", "/admin/guide/nothing.webp", "/admin/guide/..%2fREADME/"):
        assert admin_client.get(path).status_code == 404


def test_guide_hint_disappears_after_visit_or_dismissal(
    home: HomePage, admin_client: Client, admin_user: User
) -> None:
    def is_offered() -> bool:
        return "New here?" in admin_client.get("/admin/").content.decode()

    assert is_offered()
    admin_client.get(reverse("guide"))
    assert not is_offered()
    UserProfile.objects.update(dismissibles={})
    assert is_offered()
    admin_client.patch(
        reverse("wagtailadmin_dismissibles"), {"guide": True}, content_type="application/json"
    )
    assert not is_offered()


def test_wagtail_guide_is_replaced_by_own_guide(home: HomePage, admin_client: Client) -> None:
    html = admin_client.get("/admin/").content.decode()
    assert "wagtail.org" not in html
    assert reverse("guide") in html


def test_page_editor_links_to_guide(home: HomePage, admin_client: Client) -> None:
    html = admin_client.get(reverse("wagtailadmin_pages:edit", args=[home.pk])).content.decode()
    assert reverse("guide_page", args=["change-the-hero"]) in html


def _url(name: str) -> str:
    return reverse("guide") if name == INDEX.stem else reverse("guide_page", args=[name])
