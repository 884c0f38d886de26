"""What the files of the repository promise to whoever clones it."""

import re
import subprocess

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
LOCKS = ("requirements.txt", "requirements-dev.txt")


def lines(name: str) -> list[str]:
    """The lines of a file that are neither empty nor comments."""
    text = (ROOT / name).read_text("utf-8")
    found = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert found, f"{name} is empty"
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_locks_have_hashes_and_name_no_host_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "file:" not in text
    assert " /" not in text
    _before, *pins = re.split(r"^(?=[\w.\[\]-]+==)", text, flags=re.MULTILINE)
    assert len(pins) > 40
    bare = [pin for pin in pins if not re.search(r"--hash=sha256:[0-9a-f]{64}", pin)]
    assert not bare, f"{name} has no hash for {bare}. Run make lock."


def test_locks_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.\[\]-]+==[\w.!+]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_each_dependency_has_a_line_of_reason(name: str) -> None:
    for line in lines(name):
        if not line.startswith("-"):
            assert re.search(r"\s# \w+", line), f"{name}: say behind “{line}” what it is for."


def test_the_image_leaves_out_whatever_git_ignores() -> None:
    """A name without a folder is ignored by git at any depth, by Docker only with two stars."""
    kept_out = set(lines(".dockerignore"))
    for line in lines(".gitignore"):
        name = line.rstrip("/")
        pattern = name if "/" in name else f"**/{name}"
        assert pattern in kept_out, f".dockerignore lacks {pattern}, which .gitignore has."
    let_in = {line for line in kept_out if line.startswith("!")}
    assert let_in == {"!media/.gitkeep", "!docs/editors", "!docs/editors.md"}


def test_make_lists_its_targets() -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("run", "test", "stop", "lint", "lock", "backup", "restore", "backup-verify"):
        assert re.search(rf"^  make {target} +\w", shown.stdout, re.MULTILINE), target


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    texts = {".py", ".md", ".html", ".css", ".toml", ".txt", ".in", ".yaml", ".yml", ""}
    made, read = {"var", "media", "staticfiles"}, 0
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in made or any(p.startswith(".") or p == "__pycache__" for p in parts):
            continue
        if path.suffix in texts and path.is_file():
            text = path.read_text("utf-8")
            read += 1
            found = re.search(r"(?<![\w/])/(?:work|root|home/\w+)/", text)
            assert not found, f"{path.relative_to(ROOT)} names {found and found[0]}: leave it out."
    assert read > 300, "Hardly any file was found: correct this test."
