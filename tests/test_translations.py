"""Every word of the templates can be translated."""

import re

import pytest
from django.conf import settings

TEMPLATES = sorted(
    path
    for path in (settings.BASE_DIR / "templates").rglob("*.html")
    # The error page speaks two languages by itself; ink.html prints the names of CSS classes;
    # readers never see the style page.
    if path.name not in {"500.html", "ink.html"} and path.parent.name != "style"
)
NOT_WORDS = (
    r"\{#.*?#\}",
    r"\{%\s*comment.*?endcomment\s*%\}",
    r"\{%\s*block body_?class.*?endblock\s*%\}",
    r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}",
    r"\{%.*?%\}",
    r"\{\{.*?\}\}",
    r"<!doctype[^>]*>",
    r"&\w+;",
)
READ_ALOUD = re.compile(r'(?:alt|aria-label|placeholder|title)="([^"]*)"')


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates"))
)
def test_no_word_stands_bare(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    for pattern in NOT_WORDS:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    bare = READ_ALOUD.findall(text) + re.sub(r"<[^>]*>", " ", text).split()
    assert not [word for word in bare if re.search(r"[^\W\d_]", word)]


def test_there_are_templates_to_read() -> None:
    assert len(TEMPLATES) > 30
