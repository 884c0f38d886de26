"""Lock files, the changelog and other files of the repository."""

import re
import subprocess
from itertools import chain

import pytest
from django.conf import settings

from dpa_site.version import VERSION

ROOT = settings.BASE_DIR
LOCKS = ("requirements.txt", "requirements-dev.txt")


def lines(name: str) -> list[str]:
    """The lines of a file that are neither empty nor comments."""
    text = (ROOT / name).read_text("utf-8")
    found = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert found, f"{name} is empty"
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_have_hashes_and_no_urls_or_paths(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "file:" not in text
    assert " /" not in text
    _before, *pins = re.split(r"^(?=[\w.\[\]-]+==)", text, flags=re.MULTILINE)
    assert len(pins) > 40
    bare = [pin for pin in pins if not re.search(r"--hash=sha256:[0-9a-f]{64}", pin)]
    assert not bare, f"{name} has no hash for {bare}. Run `make lock`."


def test_lock_files_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.\[\]-]+==[\w.!+]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_dependencies_have_a_comment(name: str) -> None:
    for line in lines(name):
        if not line.startswith("-"):
            assert re.search(r"\s# \w+", line), (
                f"{name}: add a comment to “{line}” that says what it is for."
            )


def test_make_lists_its_targets() -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in (
        "run",
        "test",
        "stop",
        "lint",
        "lock",
        "check-next",
        "backup",
        "restore",
        "backup-verify",
        "sbom",
        "check-alerts",
    ):
        assert re.search(rf"^  make {target} +\w", shown.stdout, re.MULTILINE), target


def test_files_contain_no_paths_of_developers() -> None:
    texts = {".py", ".md", ".html", ".css", ".toml", ".txt", ".in", ".yaml", ".yml", ""}
    made, read = {"var", "media", "staticfiles"}, 0
    # Skip `made`: another process may delete databases there during the search.
    tops = [top for top in ROOT.iterdir() if top.name not in made]
    for path in chain(tops, *(top.rglob("*") for top in tops if not top.name.startswith("."))):
        parts = path.relative_to(ROOT).parts
        if any(p.startswith(".") or p == "__pycache__" for p in parts):
            continue
        if path.suffix in texts and path.is_file():
            text = path.read_text("utf-8")
            read += 1
            found = re.search(r"(?<![\w/])/(?:work|root|home/\w+)/", text)
            assert not found, (
                f"{path.relative_to(ROOT)} names {found and found[0]}. Remove the path."
            )
    assert read > 300, "Too few files were found. Correct this test."


def test_changelog_has_a_section_for_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(
        rf"^## {re.escape(VERSION)} \(\d{{4}}-\d\d-\d\d\)$", changelog, re.MULTILINE
    ), f"Add a section “## {VERSION} (date)” to CHANGELOG.md, or correct the version."


def test_security_document_names_existing_tests() -> None:
    text = (ROOT / "docs/security.md").read_text()
    named = set(re.findall(r"`((?:tests|bench)/[\w/.]+)`", text))
    assert len(named) > 15
    assert not [path for path in named if not (ROOT / path).exists()]
