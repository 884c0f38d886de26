"""The starter content cites sources, has review dates, and says the same in both languages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STARTER = settings.BASE_DIR / "starter"
ISSUES = sorted((STARTER / "issues").glob("*.md"))
TRANSLATED = sorted((STARTER / "es").rglob("*.md"))
URL = re.compile(r"^ *(?:- )?(?:url|archived): (\S+)$", re.MULTILINE)
MARK = re.compile(r"\[\^([\w-]+)\]")
FIGURE = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")


def relative(file: Path) -> str:
    return str(file.relative_to(STARTER))


@pytest.mark.parametrize("file", ISSUES, ids=relative)
def test_starter_issue_cites_sources_in_running_text_and_has_review_dates(file: Path) -> None:
    words = file.read_text("utf-8")
    assert MARK.search(words)
    for name in ("last_reviewed", "next_review"):
        assert re.search(rf"^{name}: \d{{4}}-\d\d-\d\d$", words, re.MULTILINE), name


@pytest.mark.parametrize("file", TRANSLATED, ids=relative)
def test_starter_translation_has_the_figures_and_sources_of_the_original(file: Path) -> None:
    spanish = file.read_text("utf-8")
    english = (STARTER / file.relative_to(STARTER / "es")).read_text("utf-8")
    assert MARK.findall(spanish) == MARK.findall(english)
    assert {*FIGURE.findall(english)} <= {*FIGURE.findall(spanish)}
    assert {*URL.findall(spanish)} <= {*URL.findall(english)}
    # Other files need no URLs: `load_content` copies them from the original.
    if "claims:" in english:
        assert URL.findall(spanish) == URL.findall(english)
