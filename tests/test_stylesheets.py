"""Stylesheets use only defined variables, and every CSS file is loaded or imported."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

CSS = settings.BASE_DIR / "static/css"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(r'@import url\("([\w-]+\.css)"\)')
DEFINED = re.compile(r"(?:[{;]|^)\s*(--[\w-]+)\s*:|@property\s+(--[\w-]+)", re.MULTILINE)
USED = re.compile(r"var\(\s*(--[\w-]+)")
# Stylesheets that pages or the CMS load. Each is checked together with its imports.
ENTRIES = ("site.css", "home.css", "help.css", "admin.css")


def css_without_comments(path: Path) -> str:
    return COMMENT.sub("", path.read_text("utf-8"))


def with_imports(entry: Path) -> list[Path]:
    return [entry, *(entry.with_name(name) for name in IMPORT.findall(css_without_comments(entry)))]


def defined_in(text: str) -> set[str]:
    return {name for pair in DEFINED.findall(text) for name in pair if name}


def undefined_variables(entry: Path, also_defined: set[str] = frozenset()) -> list[str]:
    """One error message for each variable that is used but not defined."""
    texts = {path: css_without_comments(path) for path in with_imports(entry)}
    known = also_defined.union(*map(defined_in, texts.values()))
    return [
        f"static/css/{path.name} uses {name}, which no stylesheet of {entry.name} defines: "
        "add it to tokens.css or correct its name."
        for path, text in texts.items()
        for name in sorted(set(USED.findall(text)) - known)
    ]


def defined_by_wagtail() -> set[str]:
    found = finders.find("wagtailadmin/css/core.css")
    assert found, "Wagtail's stylesheet was not found. Correct its path in this test."
    names = defined_in(Path(found).read_text("utf-8"))
    assert "--w-color-primary" in names, "Wagtail's variables were not found. Correct this test."
    return names


@pytest.mark.parametrize("name", ENTRIES)
def test_stylesheet_uses_only_defined_variables(name: str) -> None:
    also_defined = set()
    if name == "admin.css":
        also_defined = defined_by_wagtail() | {"--side-panel-width"}  # set by Wagtail's script
    elif name == "home.css":  # the home page has site.css too
        also_defined = defined_in(
            "".join(map(css_without_comments, with_imports(CSS / "site.css")))
        )
    wrong = undefined_variables(CSS / name, also_defined)
    assert not wrong, "\n".join(wrong)


def test_stylesheet_files_are_all_imported() -> None:
    reached = {path for name in ENTRIES for path in with_imports(CSS / name)}
    files = set(CSS.glob("*.css"))
    assert len(files) > len(ENTRIES)
    unused = sorted(path.name for path in files - reached)
    assert not unused, f"static/css: {unused} are not imported. Import or delete them."
    missing = sorted(path.name for path in reached - files)
    assert not missing, f"static/css: {missing} are imported but do not exist."


NEWER = re.compile(
    r"var\(|clamp\(|(?<![\w-])(?:min|max)\(|:is\(|:where\(|:has\(|:focus-visible|@layer|@container|&|"
    r"\b\d*svh|(?<![\w-])(?:inset|gap|aspect-ratio|translate|rotate|scale)[\w-]*:|"
    r"-(?:inline|block)(?:-\w+)*:|(?<![\w-])(?:inline|block)-size:"
)


def test_basic_stylesheet_uses_only_what_old_browsers_know() -> None:
    """docs/browsers.md lists the old browsers. They ignore styles that they do not know."""
    newer = NEWER.findall(css_without_comments(CSS / "basic.css"))
    assert not newer, f"static/css/basic.css uses {newer}, which Chrome 70 or Safari 12 lack."
    for newer_css in ("gap: 1px", "margin-inline-start: 0", "inline-size: 1px", "a:is(b)", "min(1"):
        assert NEWER.search(newer_css), newer_css


def test_generated_words_and_signs_are_not_read_aloud() -> None:
    """Without an alternative text, `content` becomes part of the accessible name of a link."""
    files = [path for path in with_imports(CSS / "site.css") if path.name != "print.css"]
    files += [*with_imports(CSS / "home.css"), *with_imports(CSS / "help.css")]
    found = {
        (path.name, value)
        for path in files
        for rule in re.findall(r"\{([^{}]*)\}", css_without_comments(path))
        for value in re.findall(r"(?<![\w-])content: ([^;]+);", rule)[-1:]
        if value != '""' and not value.endswith('/ ""')
    }
    numbers_of_steps = {("blocks.css", "counter(step)")}
    assert found - {("print.css", '" (" attr(href) ")"')} == numbers_of_steps


def test_undefined_variable_is_reported_with_its_file(tmp_path: Path) -> None:
    entry = tmp_path / "site.css"
    entry.write_text('@import url("tokens.css");\n@import url("x.css");\n')
    (tmp_path / "tokens.css").write_text(
        "@property --p { inherits: true }\n:root { --a: 1px; --b:2px }\n/* --y: 3px; */"
    )
    (tmp_path / "x.css").write_text(
        ".x { margin: var(--a) var( --b ) var(--p); color: var(--y, var(--a)); }\n/* var(--z) */"
    )
    assert undefined_variables(entry) == [
        "static/css/x.css uses --y, which no stylesheet of site.css defines: "
        "add it to tokens.css or correct its name."
    ]
    assert undefined_variables(entry, {"--y"}) == []


CLASS = re.compile(r"\.([a-z][\w-]*)|\[class[*^~|$]?=\"([\w-]+)\"\]")
BY_DJANGO = {"errorlist"}


def is_used(name: str, source: str) -> bool:
    """Whether `source` has the class, or its beginning followed by a template tag or variable."""
    starts = [name[: end.end()] for end in re.finditer("-", name)]
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w])", source)) or any(
        re.search(rf"(?<![\w-]){re.escape(start)}\{{", source) for start in starts
    )


def test_selectors_name_only_classes_that_pages_have() -> None:
    """A class that is renamed only in templates would lose its style without any error."""
    root = settings.BASE_DIR
    places = [root / "templates", root / "static/js", root / "editorial", root / "pictures"]
    source = "".join(
        path.read_text("utf-8")
        for place in places
        for path in place.rglob("*")
        if path.suffix in {".html", ".js", ".py"}
    )
    files = [path for name in ("site.css", "home.css") for path in with_imports(CSS / name)]
    text = "".join(map(css_without_comments, files))
    selectors = re.sub(r"url\([^)]*\)|\{[^{}]*\}", "", text)
    classes = {one or other for one, other in CLASS.findall(selectors)}
    assert len(classes) > 100
    unknown = sorted(name for name in classes - BY_DJANGO if not is_used(name, source))
    assert not unknown, f"No template has the classes {unknown}. Correct or delete them in the CSS."


def test_classes_of_blocks_have_a_style() -> None:
    """A block whose style was forgotten would look like running text."""
    css = "".join(map(css_without_comments, with_imports(CSS / "site.css")))
    templates = sorted((settings.BASE_DIR / "templates/blocks").glob("*.html"))
    assert len(templates) > 8
    for path in templates:
        html = re.sub(r"\{[{%#].*?[}%#]\}", " ", path.read_text("utf-8"))
        for name in " ".join(re.findall(r'class="([^"]*)"', html)).split():
            assert re.search(rf"\.{re.escape(name)}(?![\w-])", css), (
                f"templates/blocks/{path.name} has the class {name}, which no stylesheet styles. "
                "Add it to static/css/blocks.css, or remove the class."
            )


@pytest.mark.parametrize(
    ("name", "expected"), [("theme-mint", True), ("theme-", True), ("ink-", False), ("ray", False)]
)
def test_class_built_in_a_template_counts_as_used(name: str, expected: bool) -> None:
    source = '<p class="theme-{{ page.theme }} pattern-rays link-more">'
    assert is_used(name, source) is expected
