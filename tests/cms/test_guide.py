"""The guide for staff: whole, and the same in the CMS as in `docs/`."""

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

from cms.guide import ABOUT, FOLDER, INDEX
from mission.models import HomePage
from staff.models import User
from tests import factories

FILES = {file.stem: file for file in (INDEX, *sorted(FOLDER.glob("*.md")))}
EACH = pytest.mark.parametrize("name", FILES)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
PICTURES = sorted(FOLDER.glob("*.webp"))
MOST_BYTES, MOST_PIXELS = 60_000, 1200


def links(name: str) -> list[tuple[bool, str, Path]]:
    """For each link of a page: whether it is a picture, its words, and the file it leads to."""
    found = LINK.findall(FILES[name].read_text("utf-8"))
    return [(bool(mark), words, FILES[name].parent / target) for mark, words, target in found]


@EACH
def test_every_link_leads_to_a_page_and_every_picture_is_there_and_described(name: str) -> None:
    for is_picture, words, file in links(name):
        assert file.is_file(), file
        assert file.suffix == (".webp" if is_picture else ".md")
        assert len(words.split()) > (3 if is_picture else 0)


def test_every_page_is_in_the_list_and_every_picture_on_a_page() -> None:
    assert {file.stem for _is, _words, file in links(INDEX.stem)} == FILES.keys() - {INDEX.stem}
    shown = {file.resolve() for name in FILES for is_picture, _w, file in links(name) if is_picture}
    assert shown == set(PICTURES)
    assert set(ABOUT.values()) <= FILES.keys()


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.stem)
def test_a_picture_is_light(file: Path) -> None:
    assert file.stat().st_size <= MOST_BYTES
    with Image.open(file) as picture:
        assert picture.width <= MOST_PIXELS


def labels() -> Iterator[str]:
    """What can stand on the screen: Wagtail's words and ours, and the names of our fields."""
    for catalogue in Path(wagtail.__file__).parent.rglob("locale/en/LC_MESSAGES/*.po"):
        yield from re.findall(r'^msgid "(.+)"$', catalogue.read_text("utf-8"), re.MULTILINE)
    for room in (path.parent for path in settings.BASE_DIR.glob("*/apps.py")):
        for file in room.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield capfirst(node.value)
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield capfirst(node.id.replace("_", " "))
    for file in (settings.BASE_DIR / "templates").rglob("*.html"):
        yield from re.findall(r'translate "([^"]+)"', file.read_text("utf-8"))


def test_what_is_set_in_bold_can_be_found_on_the_screen() -> None:
    known = set(labels())
    bold = {
        (name, " ".join(words.split()))
        for name, file in FILES.items()
        for words in re.findall(r"\*\*(.+?)\*\*", file.read_text("utf-8"), re.DOTALL)
    }
    assert len(bold) > 50
    assert not sorted((name, words) for name, words in bold if words not in known)


@EACH
def test_the_cms_shows_the_page_with_its_links(home: HomePage, name: str) -> None:
    client = Client()
    client.force_login(factories.UserFactory(is_superuser=True))
    html = client.get(_address(name)).content.decode()
    title = FILES[name].read_text("utf-8").partition("\n")[0].removeprefix("# ")
    assert title in html.replace("&#x27;", "'")
    for is_picture, _words, file in links(name):
        address = reverse("guide_picture", args=[file.stem]) if is_picture else _address(file.stem)
        assert f'"{address}"' in html
        response = client.get(address)
        assert response.status_code == 200
        assert (response["Content-Type"] == "image/webp") is is_picture


def test_it_is_for_staff_and_names_no_other_file(
    home: HomePage, client: Client, admin_client: Client
) -> None:
    picture = reverse("guide_picture", args=[PICTURES[0].stem])
    for path in (reverse("guide"), _address("checks"), picture):
        assert client.get(path).status_code == 302
    for path in ("/admin/guide/nothing/", "/admin/guide/nothing.webp", "/admin/guide/..%2fREADME/"):
        assert admin_client.get(path).status_code == 404


def test_it_is_offered_until_somebody_has_looked_or_put_it_away(
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


def test_wagtails_own_guide_on_another_host_is_not_offered(
    home: HomePage, admin_client: Client
) -> None:
    html = admin_client.get("/admin/").content.decode()
    assert "wagtail.org" not in html
    assert reverse("guide") in html


def test_the_page_editor_leads_to_how_it_is_done(home: HomePage, admin_client: Client) -> None:
    html = admin_client.get(reverse("wagtailadmin_pages:edit", args=[home.pk])).content.decode()
    assert reverse("guide_page", args=["change-the-hero"]) in html


def test_the_image_holds_the_guide() -> None:
    kept = (settings.BASE_DIR / ".dockerignore").read_text("utf-8").split()
    assert kept.index("docs/*") < kept.index("!docs/editors") < kept.index("!docs/editors.md")


def _address(name: str) -> str:
    return reverse("guide") if name == INDEX.stem else reverse("guide_page", args=[name])
