import re
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import call_command
from django.test import Client
from wagtail.models import Page, Site

from content_files.models import LoadedFile
from issues.models import IssuePage
from mission.models import HomePage
from pictures.models import Picture
from pictures.renditions import Rendition
from site_settings.models import SiteSettings
from stories.models import StoryPage
from tests.content_files import content
from tests.databases import Content

pytestmark = pytest.mark.django_db


def write_and_load(issues: int) -> None:
    with TemporaryDirectory() as folder:
        load(content.write(Path(folder), issues=issues))


SOURCES = ("tests/content_files/content.py", "tests/content_files/test_load_content.py")
CONTENTS = {
    "one_issue": Content("one_issue", partial(write_and_load, 1), SOURCES),
    "two_issues": Content("two_issues", partial(write_and_load, 2), SOURCES),
}


@pytest.fixture
def one_issue(db: None, tmp_path: Path) -> Path:
    """A folder with one issue. The database already contains its pages."""
    return content.write(tmp_path, issues=1)


@pytest.fixture
def two_issues(db: None, tmp_path: Path) -> Path:
    """A folder with two issues. The database already contains its pages."""
    return content.write(tmp_path, issues=2)


def load(folder: Path, **options: bool) -> str:
    output = StringIO()
    call_command("load_content", folder, stdout=output, **options)
    return output.getvalue()


def headings(html: str, level: int) -> list[str]:
    found = re.findall(rf"<h{level}[^>]*>(.*?)</h{level}>", html, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", heading).strip() for heading in found]


def test_load_site_of_another_organization(tmp_path: Path, client: Client) -> None:
    load(content.write(tmp_path))
    html = client.get("/").content.decode()
    assert headings(html, 1) == ["Somos «Ríos y Puentes»"]
    assert headings(html, 3)[:12] == [f"Tema {number}" for number in range(1, 13)]
    assert "Ríos &amp; Puentes 🌉" in html
    assert "Ella dijo: &quot;¡Basta!&quot;" in html
    assert 'alt="Un río ancho entre árboles"' in html
    assert '<a href="/unete/"' in html
    assert '<a href="/issues/tema-1/">el agua</a>' in html
    for path in (
        "/",
        "/issues/",
        "/issues/tema-3/",
        "/stories/ana/",
        "/unete/",
        "/nope/",
        "/search/",
    ):
        response = client.get(path)
        assert response.status_code == (404 if path == "/nope/" else 200), path
        page = response.content.decode()
        assert "Ríos &amp; Puentes" in page
        assert "Drug Policy" not in page
        assert "DPA" not in page


def test_load_converts_body_to_blocks(tmp_path: Path, client: Client) -> None:
    load(content.write(tmp_path, issues=1, stories=False))
    issue = IssuePage.objects.get()
    assert [block.block_type for block in issue.body] == ["text", "quote", "figure", "steps"]
    other = Page.objects.get(slug="unete").pk
    assert issue.body[0].value.source == (
        "<h2>¿Qué pasa?</h2>"
        f'<p>Texto con <a linktype="page" id="{other}">otra página</a>, '
        "<b>negrita</b> y emoji 🌊.</p><ul><li>uno</li><li>dos</li></ul>"
    )
    assert issue.body[1].value == {"text": "Palabras de alguien", "speaker": "Ana"}
    assert issue.body[2].value["caption"] == "El río"
    assert issue.lead_caption == 'Dice: "hola"'
    assert issue.claims[0].value["source"] == "Una fuente"


def test_load_without_stories_omits_stories_on_home_page(tmp_path: Path, client: Client) -> None:
    load(content.write(tmp_path, issues=1, stories=False))
    html = client.get("/").content.decode()
    assert headings(html, 3) == ["Tema 1"]
    assert "Voces" not in html


def test_load_home_page_only(tmp_path: Path, client: Client) -> None:
    (tmp_path / "home.md").write_text("---\nhero_statement: Hello\n---\n")
    load(tmp_path)
    assert headings(client.get("/").content.decode(), 1) == ["Hello"]


def test_load_story_with_issues_and_date(two_issues: Path, client: Client) -> None:
    story = StoryPage.objects.get()
    assert [issue.title for issue in story.issues.order_by("path")] == ["Tema 1", "Tema 2"]
    assert story.first_published_at.date().isoformat() == "2026-03-01"
    assert story.consent.shown == "no-one"
    assert "La historia de Ana" in client.get("/issues/tema-2/").content.decode()


def test_load_pictures_with_facts_and_renditions(one_issue: Path, client: Client) -> None:
    photo = Picture.objects.get(title="Rio")
    assert (photo.description, photo.credit, photo.consent.basis) == (
        "Un río ancho entre árboles",
        "Foto de prueba",
        "staff",
    )
    assert (photo.focal_point_x, photo.focal_point_y) == (30, 16)
    assert photo.file_hash
    before = Rendition.objects.count()
    for path in ("/", "/issues/", "/issues/tema-1/", "/stories/", "/stories/ana/", "/unete/"):
        assert client.get(path).status_code == 200
    assert Rendition.objects.count() == before, (
        "a page view created a rendition; create it in load_content"
    )


def test_load_replaces_welcome_page(one_issue: Path) -> None:
    assert [page.specific_class for page in Page.objects.filter(depth=2)] == [HomePage]
    assert Site.objects.get().root_page.specific == HomePage.objects.get()


def test_load_twice_changes_nothing(two_issues: Path) -> None:
    before = list(Page.objects.order_by("pk").values())
    report = load(two_issues)
    assert "0 new, 0 updated" in report
    assert "0 new, 0 updated" in load(two_issues, update=True)
    assert list(Page.objects.order_by("pk").values()) == before


def test_load_ignores_changed_files_without_update(tmp_path: Path) -> None:
    load(content.write(tmp_path, issues=3))
    file = tmp_path / "issues/02-tema-2.md"
    file.write_text(file.read_text("utf-8").replace("title: Tema 2", "title: Otro nombre"), "utf-8")
    load(tmp_path)
    assert not IssuePage.objects.filter(title="Otro nombre").exists()
    assert "1 updated" in load(tmp_path, update=True)
    assert IssuePage.objects.get(title="Otro nombre").live


def test_update_clears_removed_fields(one_issue: Path) -> None:
    file = one_issue / "issues/01-tema-1.md"
    file.write_text("---\ntitle: Tema 1\n---\n")
    load(one_issue, update=True)
    issue = IssuePage.objects.get()
    assert (issue.summary, issue.lead_picture, len(issue.body)) == ("", None, 0)


def test_update_keeps_and_reports_page_changed_by_editor(two_issues: Path) -> None:
    issue = IssuePage.objects.get(slug="tema-1")
    issue.title = "By an editor"
    issue.save_revision().publish()
    file = two_issues / "issues/01-tema-1.md"
    file.write_text("---\ntitle: By a file\n---\n")
    report = load(two_issues, update=True)
    assert (
        "issues/tema-1: changed in the files and by an editor. The editor's version was kept."
        in report
    )
    assert IssuePage.objects.get(slug="tema-1").title == "By an editor"


def test_update_does_not_publish_unpublished_page(one_issue: Path) -> None:
    StoryPage.objects.get().unpublish()
    file = one_issue / "stories/ana.md"
    file.write_text(file.read_text("utf-8").replace("Había", "Hubo"), "utf-8")
    assert "stories/ana: changed in the files and by an editor" in load(one_issue, update=True)
    assert not StoryPage.objects.get().live


def test_update_changes_order_alt_texts_and_dates(tmp_path: Path) -> None:
    load(content.write(tmp_path, issues=3))
    (tmp_path / "issues/01-tema-1.md").rename(tmp_path / "issues/09-tema-1.md")
    facts = tmp_path / "pictures/facts.yaml"
    facts.write_text(facts.read_text("utf-8").replace("Un río ancho", "Otro río"), "utf-8")
    story = tmp_path / "stories/ana.md"
    story.write_text(story.read_text("utf-8").replace("2026-03-01", "2026-04-02"), "utf-8")
    load(tmp_path, update=True)
    titles = IssuePage.objects.order_by("path").values_list("title", flat=True)
    assert list(titles) == ["Tema 2", "Tema 3", "Tema 1"]
    figure = IssuePage.objects.get(slug="tema-2").body[2].value
    assert figure["picture"].contextual_alt_text == "Otro río entre árboles"
    assert StoryPage.objects.get().first_published_at.date().isoformat() == "2026-04-02"


def test_load_site_in_another_language(tmp_path: Path, client: Client, settings: object) -> None:
    settings.LANGUAGES = [("de", "Deutsch")]  # type: ignore[attr-defined]
    settings.LANGUAGE_CODE = "de"  # type: ignore[attr-defined]
    settings.WAGTAIL_CONTENT_LANGUAGES = [("de", "Deutsch")]  # type: ignore[attr-defined]
    load(content.write(tmp_path, issues=1))
    html = client.get("/").content.decode()
    assert '<html lang="de"' in html
    assert 'href="/issues/tema-1/"' in html
    assert client.get("/search/?q=texto").status_code == 200


def test_update_does_not_restore_deleted_page(tmp_path: Path) -> None:
    load(content.write(tmp_path, issues=2, stories=False))
    IssuePage.objects.get(slug="tema-2").delete()
    load(tmp_path)
    (tmp_path / "issues/02-tema-2.md").write_text("---\ntitle: Back\n---\n")
    assert "deleted in the CMS" in load(tmp_path, update=True)
    assert IssuePage.objects.count() == 1


def test_update_skips_references_to_deleted_objects(two_issues: Path, client: Client) -> None:
    Picture.objects.all().delete()
    IssuePage.objects.first().get_parent().delete()
    Page.objects.get(slug="unete").delete()
    (two_issues / "issues/03-mas.md").write_text("---\ntitle: Más\n---\n")
    home = two_issues / "home.md"
    home.write_text(home.read_text("utf-8").replace("Cuidamos", "Queremos"), "utf-8")
    story = two_issues / "stories/ana.md"
    story.write_text(story.read_text("utf-8").replace("[tema-1", "[mas, tema-1"), "utf-8")
    report = load(two_issues, update=True)
    assert "issues/mas: skipped because its parent page was deleted." in report
    html = client.get("/").content.decode()
    assert "Queremos" in html
    assert "<img" not in html
    assert HomePage.objects.get().join_page is None
    assert not StoryPage.objects.get().issues.exists()


def test_load_inserts_new_file_by_number(two_issues: Path) -> None:
    (two_issues / "issues/00-antes.md").write_text("---\ntitle: Antes\n---\n")
    load(two_issues)
    titles = IssuePage.objects.order_by("path").values_list("title", flat=True)
    assert list(titles) == ["Antes", "Tema 1", "Tema 2"]
    page = IssuePage.objects.get(title="Antes")
    assert page.live
    assert page.url_path == page.get_parent().url_path + "antes/"


def test_update_replaces_changed_picture_and_renditions(one_issue: Path) -> None:
    from PIL import Image

    old = Picture.objects.get(title="Rio").file_hash
    Image.new("RGB", (90, 60), "orange").save(one_issue / "pictures/rio.jpg")
    load(one_issue, update=True)
    photo = Picture.objects.get(title="Rio")
    assert photo.file_hash != old
    assert (photo.width, photo.height) == (90, 60)
    assert set(photo.renditions.values_list("width", flat=True)) == {90}


def test_update_changes_site_settings_unless_edited(one_issue: Path) -> None:
    found = SiteSettings.objects.get()
    assert found.organization == "Ríos & Puentes 🌉"
    home = one_issue / "home.md"
    home.write_text(home.read_text("utf-8").replace("Agua para todas", "Agua libre"), "utf-8")
    load(one_issue, update=True)
    assert SiteSettings.objects.get().tagline == "Agua libre"
    SiteSettings.objects.update(tagline="By staff")
    home.write_text(home.read_text("utf-8").replace("Agua libre", "Agua clara"), "utf-8")
    load(one_issue, update=True)
    assert SiteSettings.objects.get().tagline == "By staff"


def test_starter_content_loads_in_order(starter: None, client: Client) -> None:
    assert SiteSettings.objects.get().shared_picture.title == "For shared links"
    html = client.get("/").content.decode()
    assert headings(html, 1) == ["We are the Drug Policy Alliance"]
    assert "Scroll to learn more" in html
    assert "Join us" in html
    assert any("drug policy shaped by love, not war" in heading for heading in headings(html, 2))
    names = [
        "Community Reinvestment",
        "Decriminalize Drugs, Invest in Health Services",
        "Ending Drug War Civil Punishment",
        "Legal Regulation and Safer Supply",
        "Legalizing and Regulating Marijuana the Right Way",
        "Overdose Prevention Centers (OPCs)",
        "Rethinking and Reducing Punishment of People in the Drug Trade",
    ]
    assert headings(html, 3)[:7] == names
    for issue in IssuePage.objects.filter(locale__language_code="en").order_by("path"):
        page = client.get(issue.url).content.decode()
        assert headings(page, 1) == [issue.title]
        assert issue.lead_picture.description in page.replace("&#x27;", "'").replace("&quot;", '"')
        assert issue.lead_caption
        assert issue.claims
    samples = {"en": "Sample story", "es": "Historia de ejemplo"}
    languages = [story.locale.language_code for story in StoryPage.objects.all()]
    assert languages.count("en") == languages.count("es") == 3
    for story in StoryPage.objects.all():
        assert story.is_sample
        assert samples[story.locale.language_code] in client.get(story.url).content.decode()
    assert LoadedFile.objects.count() > 20


def test_starter_text_contains_no_names_from_the_code() -> None:
    """Renaming an identifier once changed a word in the starter content."""
    root = Path(__file__).parents[2] / "starter"
    files = sorted(root.rglob("*.md"))
    assert len(files) > 20
    identifier = re.compile(r"(?<![\w/.-])[a-z]+(?:_[a-z]+)+\b(?!\.\w|[:/_])")
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in files
        for match in identifier.finditer(path.read_text("utf-8"))
        if match[0] != "issue_areas"  # a block without values
    ]
    assert not found, f"Write a word that readers know: {found}"
