from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from issues.models import IssuePage
from tests.content_files import content

pytestmark = pytest.mark.django_db

ISSUE = """---
title: Tema
what_we_do: We **ask** for more.[^law]
notes:
  law:
    title: 'The law of "1984" & after'
  report:
    title: A report
    url: https://www.example.org/?a=1&b=2
    published: March 2024
---
Half of it was spent.[^report] So says the law.[^law]
"""


def write(root: Path, text: str) -> Path:
    content.write(root, issues=1, stories=False)
    (root / "issues/01-tema-1.md").write_text(text, "utf-8")
    return root


def test_load_content_gives_each_source_a_number(tmp_path: Path, client: Client) -> None:
    call_command("load_content", write(tmp_path, ISSUE))
    html = client.get("/issues/tema-1/").content.decode()
    assert html.count('class="source-number"') == 3
    assert html.index("A report</a>, March 2024") < html.index("The law of “1984”")
    assert 'href="https://www.example.org/?a=1&amp;b=2"' in html
    assert "[^" not in html
    assert "<b>ask</b>" in IssuePage.objects.get().what_we_do


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        ("spent.[^report]", "spent.[^raport]", 12, "no source “raport”. Did you mean “report”?"),
        ("title: A report", "name: A report", 8, "a source needs a “title”."),
        ("published:", "publisht:", 10, "unknown field “publisht”"),
        ("https://www", "javascript:www", 9, "is not a URL such as https://…."),
        ("Half", "> Half", 12, "a quotation cannot contain a [^source]"),
    ],
)
def test_load_reports_source_error_with_line(
    tmp_path: Path, right: str, wrong: str, line: int, reason: str
) -> None:
    assert right in ISSUE
    with pytest.raises(CommandError) as error:
        call_command("load_content", write(tmp_path, ISSUE.replace(right, wrong, 1)))
    assert f"issues/01-tema-1.md, line {line}: " in str(error.value)
    assert reason in str(error.value)
