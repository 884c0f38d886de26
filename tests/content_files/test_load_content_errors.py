"""Invalid folders are rejected with file, line and reason; unpublishable pages stay drafts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from wagtail.models import Page, Site

from content_files.models import LoadedFile
from mission.models import HomePage
from pictures.models import Picture
from site_settings.models import SiteSettings
from tests import factories
from tests.content_files import content

pytestmark = pytest.mark.django_db


def with_front_matter(text: str, body: str = "") -> str:
    return f"---\ntitle: Tema\n{text}\n---\n{body}"


def issue(text: str) -> Callable[[Path], object]:
    return lambda root: (root / "issues/01-tema-1.md").write_text(text, "utf-8")


def file(name: str, text: str | bytes) -> Callable[[Path], object]:
    def write(root: Path) -> None:
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def story_about(text: str, shown: str = "recognizable") -> Callable[[Path], object]:
    return file(STORY, with_front_matter(f"shown: {shown}\n{text}"))


def picture_of(shown: str) -> Callable[[Path], object]:
    return file("pictures/facts.yaml", content.FACTS.replace("no-one", shown))


SCRIPTED = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ISSUE, STORY = "issues/01-tema-1.md", "stories/ana.md"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        # fields
        (issue(with_front_matter("lead_picture: missing.jpg")), f"{ISSUE}, line 3: there is no picture"),
        (issue(with_front_matter("lead_picture: rio.jpeg")), "Did you mean “rio.jpg”?"),
        (issue(with_front_matter("sumary: Words")), f"{ISSUE}, line 3: unknown field “sumary”. Did you mean “summary”?"),
        (issue(with_front_matter("last_reviewed: 2026-02-30")), f"{ISSUE}, line 3: “2026-02-30” is not a date"),
        (issue(with_front_matter("last_reviewed: yesterday")), "is not a date such as 2026-01-31"),
        (issue(with_front_matter("show_in_menus: yes")), "“yes” is not true or false"),
        (issue(with_front_matter("summary: " + "word " * 101)), f"{ISSUE}, line 3: This text has 101 words"),
        (issue(with_front_matter("title: Twice")), f"{ISSUE}, line 3: “title” appears more than once"),
        (issue("---\nsummary: Words\n---\n"), f"{ISSUE}, line 2: “title” is missing"),
        (issue("---\ntitle: [a, b]\n---\n"), "expected text, not a list"),
        (issue("---\ntitle: Caption: with colon\n---\n"), f"{ISSUE}, line 2: this is not YAML"),
        (issue("No front matter"), f"{ISSUE}, line 1: the file must begin with fields"),
        (issue(with_front_matter("claims:\n  - source: Book")), f"{ISSUE}, line 4: “statement” is missing"),
        (
            issue(with_front_matter("claims:\n  - statement: A\n    source: B\n    url: nowhere")),
            f"{ISSUE}, line 6: Enter a valid URL",
        ),
        (issue(with_front_matter("call_to_action:\n  heading: Act\n  link_text: Go\n  page: pages/no")), "line 6: there is no page"),
        (issue(with_front_matter("what_we_do: |\n  See [this](pages/no).")), "there is no page “pages/no”"),
        (issue(with_front_matter("what_we_do: |\n  ![](rio.jpg)")), "only paragraphs, headings"),
        # bodies
        (issue(with_front_matter("", "![](missing.jpg)")), f"{ISSUE}, line 5: there is no picture “missing.jpg”"),
        (issue(with_front_matter("", "# Title")), f"{ISSUE}, line 5: write headings with ## or ###"),
        (issue(with_front_matter("", "Hello\n\n<b>raw</b> words")), f"{ISSUE}, line 7: raw HTML is not supported"),
        (issue(with_front_matter("", "Some *slanted* words")), "italics are not supported"),
        (issue(with_front_matter("", "```stepps\nheading: A\n```")), "there is no block “stepps”. Did you mean “steps”?"),
        (issue(with_front_matter("", "```steps\nheading: A\nstep: []\n```")), f"{ISSUE}, line 7: unknown field “step”"),
        (issue(with_front_matter("", "```steps\nheading: [\n```")), "this is not YAML"),
        (issue(with_front_matter("", "[away](pages/away)")), "there is no page “pages/away”"),
        (issue(with_front_matter("", "| a | b |\n|---|---|\n| c | d |")), "tables are not supported"),
        (issue(with_front_matter("", "- one\n\n  ```steps\n  steps: []\n  ```")), "a block must not be inside a list"),
        (issue(with_front_matter("", "> Some **bold** words")), "a quotation can contain only plain text"),
        (issue(with_front_matter("", "![mine](rio.jpg)")), "write the alt text of a picture in pictures/facts.yaml"),
        (issue(with_front_matter("", "```action\nheading: A\nlink_text: B\n```")), "an action needs a “page” or a “url”"),
        (issue(with_front_matter("? [a, b]\n: c")), "expected lines such as"),
        (issue(with_front_matter("summary: &x [*x]")), "put quotation marks around text"),
        (issue(with_front_matter('summary: "a\\0b"')), "the text contains a NUL character"),
        (file("issues.md", "---\ntitle: A\nslug: a b/c\n---\n"), "issues.md, line 3: Enter a valid"),
        # files
        (file("issues/02-tema-1.md", with_front_matter("")), "issues/02-tema-1.md, line 1: issues/01-tema-1.md has the same URL"),
        (file("pages/issues.md", with_front_matter("")), "has the same URL. Rename one of them"),
        (file("pages/admin.md", with_front_matter("")), "the URL /admin/ is reserved"),
        (file("pages/es.md", with_front_matter("")), "the URL /es/ is reserved"),
        (file("story/ana.md", with_front_matter("")), "unexpected file name (docs/content-files.md lists the allowed names). Did you mean “stories”?"),
        (file("issues/01-tema-1.md", b"---\ntitle: caf\xe9\n---\n"), f"{ISSUE}, line 2: this is not UTF-8 text"),
        (lambda root: (root / "home.md").unlink(), "home.md, line 1: this file is missing"),
        (file("home.md", "---\nlanguage: es\n---\n"), "home.md, line 2: the content is in “es”"),
        (file("stories/ana.md", with_front_matter("issues: [tema-99]")), "there is no page “issues/tema-99”"),
        (file("stories/ana.md", with_front_matter("issues: tema-1")), "expected a list"),
        (file("stories/ana.md", with_front_matter("shown: everyone")), "“everyone” is not one of: no-one"),
        # consent
        (story_about(""), f"{STORY}, line 3: “given_on” is missing. Write the day on which the person agreed."),
        (story_about(""), f"{STORY}, line 3: “expires_on” is missing. Write the day on which consent ends."),
        (story_about("given_on: 2026-01-01", shown="not-recognizable"), f"{STORY}, line 3: “expires_on” is missing."),
        (story_about("given_on: 2026-01-01\nexpires_on:", shown="child"), f"{STORY}, line 5: “expires_on” is missing."),
        (story_about("given_on: 2026-01-02\nexpires_on: 2026-01-01"), f"{STORY}, line 5: Consent cannot end before the day"),
        (story_about("given_on: never\nexpires_on: 2026-01-01"), f"{STORY}, line 4: “never” is not a date"),
        (story_about("form_reference: Ana Ruiz"), f"{STORY}, line 4: Write the short code on the form"),
        (story_about("form_reference: 555-0100"), f"{STORY}, line 4: Write the short code on the form"),
        (picture_of("recognizable"), "pictures/facts.yaml, line 4: “given_on” is missing."),
        (picture_of("child"), "pictures/facts.yaml, line 4: “expires_on” is missing."),
        (picture_of("no-one\n  form_reference: ana@example.org"), "pictures/facts.yaml, line 5: Write the short code"),
        (
            picture_of("no-one\n  given_on: 2026-02-01\n  expires_on: 2026-01-01"),
            "pictures/facts.yaml, line 6: Consent cannot end before the day",
        ),
        # pictures
        (file("pictures/rio.jpg", b"no picture"), "pictures/rio.jpg, line 1: The file is damaged or is not a picture"),
        (lambda root: (root / "pictures/rio.jpg").write_bytes((root / "pictures/rio.jpg").read_bytes()[:400]), "pictures/rio.jpg, line 1: The file is damaged"),
        (file("pictures/dibujo.svg", SCRIPTED), "pictures/dibujo.svg, line 1: The drawing contains “script”"),
        (file("pictures/dibujo.svg", SCRIPTED.replace("><script", " viewBox=\"0 0 0 0\"><g").replace("alert(1)</script", "</g")), "pictures/dibujo.svg, line 1: The drawing has no usable size"),
        (file("pictures/dibujo.svg", "<html/>"), "pictures/dibujo.svg, line 1: The file is damaged or is not a picture"),
        (file("pictures/more.png", b""), "pictures/more.png, line 1: this picture is not described in pictures/facts.yaml"),
        (file("pictures/facts.yaml", content.FACTS + "gone.jpg: {alt: A}\n"), "pictures/facts.yaml, line 8: there is no file “gone.jpg”"),
        (file("pictures/facts.yaml", content.FACTS.replace("  alt: Un río ancho entre árboles\n", "")), "pictures/facts.yaml, line 1: “alt” is missing"),
        (file("pictures/facts.yaml", content.FACTS.replace("[50, 40]", "[50, 140]")), "line 6: expected two percentages"),
        (lambda root: (root / "pictures/facts.yaml").unlink(), "pictures/facts.yaml, line 1: this file is missing"),
    ],
)  # fmt: skip
def test_load_rejects_invalid_folder_and_writes_nothing(
    tmp_path: Path, spoil: Callable[[Path], object], expected: str
) -> None:
    spoil(content.write(tmp_path, issues=2))
    with pytest.raises(CommandError) as error:
        call_command("load_content", tmp_path)
    assert expected in str(error.value)
    assert "nothing was loaded" in str(error.value)
    assert not HomePage.objects.exists()
    assert not Picture.objects.exists()
    assert not LoadedFile.objects.exists()


def test_illustration_without_consent_dates_is_loaded(tmp_path: Path) -> None:
    content.write(tmp_path, issues=2)
    drawing = 'dibujo.svg: {alt: "", basis: illustration'
    text = content.FACTS.replace(drawing, f"{drawing}, shown: recognizable")
    file("pictures/facts.yaml", text)(tmp_path)
    call_command("load_content", tmp_path)


def test_invalid_consent_date_is_not_also_reported_as_missing(tmp_path: Path) -> None:
    content.write(tmp_path, issues=2)
    story_about("given_on: never\nexpires_on: 2026-01-01")(tmp_path)
    with pytest.raises(CommandError, match="1 mistake in"):
        call_command("load_content", tmp_path)


def test_load_reports_all_errors_at_once(tmp_path: Path) -> None:
    content.write(tmp_path, issues=3)
    issue(with_front_matter("sumary: A"))(tmp_path)
    file("stories/ana.md", with_front_matter("shown: everyone\nlast_reviewed: never"))(tmp_path)
    with pytest.raises(CommandError) as error:
        call_command("load_content", tmp_path)
    assert "3 mistakes" in str(error.value)


def test_load_rejects_site_with_home_page(tmp_path: Path, home: HomePage) -> None:
    with pytest.raises(CommandError, match="has a home page that was not loaded"):
        call_command("load_content", content.write(tmp_path, issues=1))
    assert Page.objects.filter(depth__gt=2).count() == 0


def test_load_reports_url_used_by_editor(tmp_path: Path) -> None:
    call_command("load_content", content.write(tmp_path, issues=1))
    factories.StandardPageFactory(parent=HomePage.objects.get(), slug="nuevo")
    file("pages/nuevo.md", with_front_matter(""))(tmp_path)
    with pytest.raises(CommandError, match=r"pages/nuevo\.md, line 1: an editor made a page"):
        call_command("load_content", tmp_path)


def test_load_is_rolled_back_after_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    welcome = Site.objects.get().root_page
    monkeypatch.setattr(SiteSettings, "save", fail)  # the last step
    with pytest.raises(OSError, match="the disk is full"):
        call_command("load_content", content.write(tmp_path, issues=1))
    assert not HomePage.objects.exists()
    assert not Picture.objects.exists()
    assert not LoadedFile.objects.exists()
    assert Site.objects.get().root_page == welcome


def test_load_keeps_page_with_publishing_errors_as_draft(
    tmp_path: Path, client: Client, capsys: pytest.CaptureFixture
) -> None:
    story = content.write(tmp_path, issues=1) / "stories/ana.md"
    written = story.read_text("utf-8")
    dates = "given_on: 2026-01-01\nexpires_on: 2099-01-01"
    story.write_text(written.replace("shown: no-one", f"shown: recognizable\n{dates}"), "utf-8")
    call_command("load_content", tmp_path)
    output = capsys.readouterr().out
    assert "stories/ana: kept as a draft." in output
    assert "Say why we may show this." in output
    assert client.get("/stories/ana/").status_code == 404
    story.write_text(written, "utf-8")
    call_command("load_content", tmp_path, update=True)
    assert "kept as a draft" not in capsys.readouterr().out
    assert client.get("/stories/ana/").status_code == 200


def test_load_ignores_hidden_files(tmp_path: Path) -> None:
    content.write(tmp_path, issues=1)
    for name in (".DS_Store", ".git/config", "pages/.unete.md.swp", "pictures/.thumbs"):
        file(name, "nothing for us")(tmp_path)
    call_command("load_content", tmp_path)
    assert HomePage.objects.exists()


def test_load_rejects_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("load_content", tmp_path / "none")
