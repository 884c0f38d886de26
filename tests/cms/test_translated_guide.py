"""The guide in Spanish. Pages that are not translated are shown in English, with a label."""

import re
from pathlib import Path

import pytest
import wagtail
import wagtail_localize
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.text import capfirst
from wagtail.users.models import UserProfile

from cms.guide import FOLDER, INDEX
from mission.models import HomePage
from staff.models import User
from tests.cms.test_guide import FILES, LINK

SPANISH = {file.stem: file for file in sorted((FOLDER / "es").glob("*.md"))}
EACH_PAGE = pytest.mark.parametrize("name", SPANISH)
STALE = (
    "docs/editors/es/{0}.md differs from docs/editors/{0}.md. Change both alike. If you cannot "
    "write Spanish, delete the Spanish page, and add “(en inglés)” to its link in "
    "docs/editors/es/editors.md."
)


@EACH_PAGE
def test_translated_page_has_links_sections_and_pictures_of_the_english_page(name: str) -> None:
    english, spanish = (files[name].read_text("utf-8") for files in (FILES, SPANISH))
    for mark, words, target in LINK.findall(spanish):
        assert (SPANISH[name].parent / target).is_file(), target
        assert len(words.split()) > (3 if mark else 0)
    for pattern in (r"^#+ ", r"^\d+\. ", r"^- ", r"^\|", r"([\w-]+\.webp)"):
        counts = [re.findall(pattern, text, re.MULTILINE) for text in (english, spanish)]
        assert counts[0] == counts[1], STALE.format(name)
    assert spanish.count("**") == english.count("**"), STALE.format(name)


@EACH_PAGE
def test_links_say_whether_a_page_is_in_english(name: str) -> None:
    text = SPANISH[name].read_text("utf-8")
    for mark, words, target in LINK.findall(text):
        if not mark:
            is_translated = Path(target).stem in SPANISH
            assert target == f"{'' if is_translated else '../'}{Path(target).name}"
            assert ("(en inglés)" in words) is not is_translated, (name, words)


def test_index_is_complete() -> None:
    found = LINK.findall(SPANISH[INDEX.stem].read_text("utf-8"))
    assert {Path(target).stem for _mark, _words, target in found} == FILES.keys() - {INDEX.stem}


@EACH_PAGE
def test_bold_texts_are_labels_of_the_spanish_cms(name: str) -> None:
    known = set()
    packages = (Path(module.__file__).parent for module in (wagtail, wagtail_localize))
    for folder in (settings.BASE_DIR / "locale", *packages):
        for catalog in folder.rglob("es/LC_MESSAGES/*.po"):
            text = re.sub(r'"\n"', "", catalog.read_text("utf-8"))
            found = re.findall(r'^msgstr(?:\[\d\])? "(.+)"$', text, re.MULTILINE)
            known |= {capfirst(words) for words in found}
    bold = re.findall(r"\*\*(.+?)\*\*", SPANISH[name].read_text("utf-8"), re.DOTALL)
    assert not sorted({" ".join(words.split()) for words in bold} - known)


@pytest.mark.parametrize(
    ("language", "name", "shown"),
    [("es", "", "es"), ("es", "log-in", "es"), ("es", "new", "en"), ("en", "log-in", "en")],
)
def test_guide_is_in_the_language_of_the_user(
    home: HomePage,
    admin_client: Client,
    admin_user: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    name: str,
    shown: str,
) -> None:
    if name == "new":  # a page without a translation
        (tmp_path / "new.md").write_text("# New\n")
        monkeypatch.setattr("cms.guide.FOLDER", tmp_path)
    UserProfile.objects.update_or_create(user=admin_user, defaults={"preferred_language": language})
    url = reverse("guide_page", args=[name]) if name else reverse("guide")
    html = admin_client.get(url).content.decode()
    assert f'<article class="guide" lang="{shown}">' in html
    assert ("Está en inglés." in html) is (language != shown)
