"""Symbolic links, special files, deep nesting and impossible text in content files."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page

from tests.content_files import content

pytestmark = pytest.mark.django_db
ISSUE, PICTURE, FACTS = "issues/01-tema-1.md", "pictures/rio.jpg", "pictures/facts.yaml"


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = content.write(tmp_path / "content", issues=1)
    (tmp_path / "secret.md").write_text("---\ntitle: Secret\n---\n")
    (tmp_path / "secret.jpg").write_bytes((root / PICTURE).read_bytes())
    return root


@pytest.mark.parametrize("name", [ISSUE, PICTURE, FACTS, "home.md"])
@pytest.mark.parametrize(
    ("replace", "reason"),
    [
        (fifo, "not a file"),
        (link("/dev/zero"), "leads out of the folder"),
        (link("/etc/passwd"), "leads out of the folder"),
        (link("../../secret.md"), "leads out of the folder"),
        (sparse, "has more than"),
    ],
)
def test_special_outside_and_oversized_files_are_refused(
    root: Path, name: str, replace: Callable, reason: str
) -> None:
    (root / name).unlink()
    replace(root / name)
    with pytest.raises(CommandError, match=reason):
        call_command("load_content", root)
    assert not Page.objects.filter(depth=2, title__contains="Ríos").exists()


def test_link_to_a_folder_elsewhere_is_refused(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (root / "pictures").rename(elsewhere)
    (root / "pictures").symlink_to(elsewhere)
    with pytest.raises(CommandError, match="leads out of the folder"):
        call_command("load_content", root)


def test_links_within_the_folder_are_followed(root: Path) -> None:
    (root / PICTURE).rename(root / "pictures/.river.jpg")
    (root / PICTURE).symlink_to(".river.jpg")
    link_to_root = root.parent / "link"
    link_to_root.symlink_to(root)
    call_command("load_content", link_to_root)


def test_link_to_itself_is_refused(root: Path) -> None:
    (root / PICTURE).unlink()
    (root / PICTURE).symlink_to("rio.jpg")
    with pytest.raises(CommandError, match=r"cannot be read: .*\n1 mistake"):
        call_command("load_content", root)


def test_error_about_undecodable_file_name_can_be_encoded(root: Path) -> None:
    (root / "issues" / os.fsdecode(b"\xff.md")).write_text("x")
    with pytest.raises(CommandError, match="unexpected file name") as caught:
        call_command("load_content", root)
    assert str(caught.value).encode()


@pytest.mark.parametrize(
    "nested",
    [
        "summary: " + "[" * 5000 + "]" * 5000,
        "summary: " + "{a: " * 5000 + "}" * 5000,
        "summary: " + "[" * 5000,
        "summary:\n" + "".join(f"{' ' * n}-\n" for n in range(1, 400)),
        "summary: " + "- " * 5000,
    ],
)
def test_deep_nesting_is_refused(root: Path, nested: str) -> None:
    (root / ISSUE).write_text(f"---\ntitle: Tema\n{nested}\n---\n")
    with pytest.raises(CommandError, match=r"inside each other|not YAML"):
        call_command("load_content", root)


@pytest.mark.parametrize(
    "body",
    [
        *("> " * 5000 + "a", "- " * 5000 + "a", "[" * 5000 + "](b)" * 5000, "*" * 5000 + "a"),
        *("![" * 5000, "<b>" * 5000, "```steps\nsteps: " + "[" * 5000 + "\n```", "(" * 50_000),
    ],
)
def test_deeply_nested_body_is_refused_or_loaded(root: Path, body: str) -> None:
    (root / ISSUE).write_text(f"---\ntitle: Tema\n---\n{body}\n")
    try:
        call_command("load_content", root)
    except CommandError as error:
        assert ISSUE in str(error)  # noqa: PT017
    else:
        assert Page.objects.filter(slug="tema-1").exists()


@pytest.mark.parametrize(
    ("file", "written", "reason"),
    [
        (ISSUE, 'summary: "\\ud800 x"', "line 3: the text contains a character that does not"),
        (ISSUE, 'summary: "\\UFFFFFFFF"', "line 2: this is not YAML"),
        (ISSUE, 'summary: "\\U00110000"', "line 2: this is not YAML"),
        (ISSUE, f"%YAML 1.{'9' * 4400}", "not YAML"),
        (ISSUE, 'summary: "\\0"', "line 3: the text contains a NUL"),
        (ISSUE, '"\\ud800": x', "line 3: the text contains a character that does not"),
        (ISSUE, "---\nWords\n\n\0", "line 6: the text contains a NUL"),
        (ISSUE, '---\n```steps\nsteps:\n- "\\udfff"\n```', "a character that does not exist"),
        (ISSUE, f"---\n{'[' * 10_001}", "more than 10,000"),
        (ISSUE, f"---\n{'![' * 10_001}", "more than 10,000"),
        (ISSUE, f"summary: '{'[' * 10_001}'", "more than 10,000"),
        (FACTS, 'title: "\\ud800"', "a character that does not exist"),
        (FACTS, 'alt_es: "\\0"', "NUL"),
    ],
)
def test_text_that_cannot_be_stored_or_parsed_is_refused(
    root: Path, file: str, written: str, reason: str
) -> None:
    path = root / file
    if file == FACTS:
        with path.open("a") as facts:
            facts.write(f"other.jpg:\n  {written}\n")
    else:
        path.write_text(f"---\ntitle: Tema\n{written}\n" + "---\n" * ("---" not in written))
    with pytest.raises(CommandError, match=rf"{file}, .*{reason}"):
        call_command("load_content", root)


def test_file_with_maximum_number_of_brackets_is_loaded_within_ten_seconds(root: Path) -> None:
    (root / ISSUE).write_text(f"---\ntitle: Tema\n---\n{'![' * 10_000}\n")
    start = time.process_time()
    call_command("load_content", root)
    assert time.process_time() - start < 10
