"""Translations in a folder named after a language code."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from wagtail.models import Page

from content_files.models import LoadedFile
from editorial.translations import status
from issues.models import IssuePage
from mission.models import HomePage
from site_settings.models import SiteSettings
from stories.models import StoryPage
from tests.content_files.content import write
from tests.translation_workflow import spanish


def write_translated(root: Path) -> Path:
    """Write a valid folder with a Spanish home page, issue, story and page."""
    write(root, issues=2)
    facts = root / "pictures/facts.yaml"
    facts.write_text(
        facts.read_text("utf-8").replace("  credit:", "  alt_es: Un río ancho\n  credit:")
    )
    for folder in ("issues", "stories", "pages"):
        (root / "es" / folder).mkdir(parents=True)
    (root / "es/home.md").write_text(
        "---\ntitle: Casa\nhero_statement: Hola\ntagline: Otra agua\nunreviewed_translation: true\n"
        "---\n```issue_areas\nheading: Todos\n```\n"
    )
    (root / "es/issues.md").write_text("---\ntitle: Asuntos\nslug: asuntos\n---\n")
    (root / "es/stories.md").write_text("---\ntitle: Voces\nslug: voces\n---\n")
    (root / "es/issues/01-tema-1.md").write_text(
        "---\ntitle: Asunto uno\nslug: asunto-uno\n---\n[Únete](pages/unete)\n\n"
        '![](rio.jpg "Un río")\n'
    )
    (root / "es/stories/ana.md").write_text("---\ntitle: Ana, otra vez\n---\nÉrase un río.\n")
    (root / "es/pages/unete.md").write_text("---\ntitle: Ven\nslug: ven\n---\nHola.\n")
    return root


def test_load_translations_with_originals(tmp_path: Path, db: None, client: Client) -> None:
    call_command("load_content", write_translated(tmp_path))
    issue = IssuePage.objects.get(title="Asunto uno")
    original = IssuePage.objects.get(title="Tema 1")
    assert issue.url == "/es/asuntos/asunto-uno/"
    assert issue.translation_key == original.translation_key
    assert issue.lead_picture == original.lead_picture
    assert issue.lead_caption == ""  # texts are not copied from the original
    html = client.get(issue.url).content.decode()
    assert html.count('alt="Un río ancho"') == 2
    assert 'href="/es/ven/"' in html
    home = client.get("/es/").content.decode()
    assert "Otra agua" in home
    assert "Asunto uno" in home
    assert "Tema 2" not in home
    assert "aún no ha sido revisada" in home
    assert "aún no ha sido revisada" not in html
    story = StoryPage.objects.get(title="Ana, otra vez")
    assert story.consent == StoryPage.objects.get(title="La historia de Ana").consent
    assert story.is_sample
    assert "Ana, otra vez" in html  # linked as the original story is to the original issue
    assert not status.outdated(status.with_source_dates(Page.objects.all())).exists()


def test_update_without_changes_changes_nothing(
    tmp_path: Path, db: None, capsys: pytest.CaptureFixture
) -> None:
    call_command("load_content", write_translated(tmp_path))
    pages = list(Page.objects.order_by("pk").values())
    count = LoadedFile.objects.exclude(key__endswith="#consent").count()
    capsys.readouterr()
    call_command("load_content", tmp_path, update=True)
    assert f"0 new, 0 updated, {count} unchanged" in capsys.readouterr().out
    assert list(Page.objects.order_by("pk").values()) == pages


def test_update_of_original_marks_translation_outdated(tmp_path: Path, db: None) -> None:
    call_command("load_content", write_translated(tmp_path))
    file = tmp_path / "pages/unete.md"
    file.write_text(file.read_text("utf-8").replace("Hola.", "Hola a todas."), "utf-8")
    call_command("load_content", tmp_path, update=True)
    behind = status.outdated(status.with_source_dates(Page.objects.all()))
    assert [page.title for page in behind] == ["Ven"]
    file = tmp_path / "es/pages/unete.md"
    file.write_text(file.read_text("utf-8").replace("Hola.", "Hola, todas."), "utf-8")
    call_command("load_content", tmp_path, update=True)
    assert not behind.all().exists()


def test_update_keeps_alert_entered_in_cms(tmp_path: Path, db: None) -> None:
    call_command("load_content", write_translated(tmp_path))
    found = SiteSettings.objects.get()
    words = {"language": "es", "alert_text": "Cuidado", "tagline": "De casa"}
    found.other_languages = [{"type": "words", "value": words}]
    found.save()
    file = tmp_path / "es/home.md"
    file.write_text(file.read_text("utf-8").replace("Otra agua", "Agua nueva"), "utf-8")
    call_command("load_content", tmp_path, update=True)
    assert SiteSettings.objects.get().other_languages[0].value["alert_text"] == "Cuidado"


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        (
            "es/pages/otra.md",
            "---\ntitle: Otra\n---\n",
            "“pages/otra”, the original of this translation, is missing",
        ),
        ("es/issues.md", None, "“es/issues.md” is missing"),
        ("es/stories/ana.md", "---\ntitle: Ana\nshown: no-one\n---\n", "unknown field “shown”"),
        ("es/home.md", "---\nhero_statement: Hola\n---\n", "“title” is missing"),
        ("es/pages/unete.md", "---\ntitle: A\nslug: con espacio\n---\n", "line 3"),
        ("es/issues/01-tema-1.md", "---\ntitle: A\nslug: tema-1\ntagline: no\n---\n", "“tagline”"),
        ("xx/home.md", "---\ntitle: A\n---\n", "unexpected file name"),
    ],
)
def test_load_reports_translation_error(
    tmp_path: Path, db: None, file: str, text: str | None, reason: str
) -> None:
    write_translated(tmp_path)
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text, "utf-8")
    with pytest.raises(CommandError, match=file.replace(".", r"\.")) as error:
        call_command("load_content", tmp_path)
    assert reason in str(error.value)
    assert not HomePage.objects.exists()


def test_load_rejects_page_translated_by_editor(tmp_path: Path, db: None) -> None:
    write(tmp_path, issues=2)
    call_command("load_content", tmp_path)
    HomePage.objects.get().copy_for_translation(spanish())
    write_translated(tmp_path)
    with pytest.raises(CommandError, match="an editor translated this page"):
        call_command("load_content", tmp_path)


def test_starter_content_is_translated_into_spanish(starter: None, client: Client) -> None:
    originals = IssuePage.objects.filter(locale__language_code="en").order_by("path")
    copies = IssuePage.objects.filter(locale__language_code="es").order_by("path")
    assert [page.translation_key for page in copies] == [page.translation_key for page in originals]
    for page in Page.objects.filter(locale__language_code="es").specific():
        assert page.live
        assert page.unreviewed_translation
        assert client.get(page.url).status_code == 200
    for copy, original in zip(copies, originals, strict=True):
        assert len(copy.claims) == len(original.claims)
        assert copy.lead_picture.other_descriptions["es"]
        kinds = [block.block_type for block in original.body]
        assert [block.block_type for block in copy.body] == kinds
