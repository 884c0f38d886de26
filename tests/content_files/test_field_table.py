import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import models

from content_files import field_table
from content_files.field_parsers import describe_field
from editorial.registry import page_types
from issues.models import IssuePage
from mission.models import HomePage
from news.models import NewsPage

DOCS = settings.BASE_DIR / "docs/content-files.md"


def test_docs_contain_the_table_of_fields() -> None:
    text = DOCS.read_text("utf-8")
    table = text.partition("<!-- fields -->")[2].partition("<!-- end of fields -->")[0]
    assert table.strip() == field_table.markdown(), (
        "Run “.venv/bin/python manage.py load_content --fields” and put what it prints between "
        "“<!-- fields -->” and “<!-- end of fields -->” in docs/content-files.md."
    )


def test_docs_show_the_files_of_every_page_type() -> None:
    tree = DOCS.read_text("utf-8").split("```")[1]
    for model in page_types():
        if model.content_files:
            assert f"  {model.content_files.path}" in tree, (
                f"Add {model.content_files.path} to the directory at the top of {DOCS.name}."
            )


def test_command_prints_the_table(capsys: pytest.CaptureFixture) -> None:
    call_command("load_content", fields=True)
    assert capsys.readouterr().out.startswith("| file | field |")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (NewsPage._meta.get_field("issues"), "a list of pages in `issues/`"),
        (NewsPage._meta.get_field("kind"), "`press-release`, `statement`, `blog`, `in-the-media`"),
        (HomePage._meta.get_field("hero_picture"), "a file in `pictures/`"),
        (HomePage._meta.get_field("join_page"), "a page"),
        (HomePage._meta.get_field("owner"), "only in the CMS"),
        (
            HomePage._meta.get_field("corrections"),
            "a list; each item: `date` (`2026-01-31`; required), `text` (required)",
        ),
        (
            IssuePage._meta.get_field("call_to_action"),
            "`heading` (required), `text`, `link_text` (required), `page` (a page), "
            "`url` (a URL); either `page` or `url`",
        ),
    ],
)
def test_table_says_how_to_write_a_field(field: models.Field, expected: str) -> None:
    assert describe_field(field) == expected
