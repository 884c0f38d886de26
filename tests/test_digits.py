r"""Where digits are expected, only 0 to 9 are accepted: `\d` matches the digits of all scripts."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from actions.forms import ZipField
from cms import links
from content_files.reader import NAME
from editorial.blocks.phone import ContactValue
from editorial.list_pages import YearFilter
from mission.blocks import CallBlock

OTHER_SCRIPTS = ("١٢٣٤٥", "१२३४५", "１２３４５", "1234٥", "𝟏𝟐𝟑𝟒𝟓")


def is_accepted(clean: Callable, text: str) -> bool:
    try:
        clean(text)
    except (ValidationError, Http404):
        return False
    return True


@pytest.mark.parametrize("text", [*OTHER_SCRIPTS, "12345-١٢٣٤", "12345-", "123456", "12345\n6"])
def test_zip_code_has_only_ascii_digits(text: str) -> None:
    assert not is_accepted(ZipField().clean, text)


@pytest.mark.parametrize("text", ["12345", "12345-6789", " 12345 ", "12345\n"])
def test_zip_code_is_stored_as_three_digits(text: str) -> None:
    assert ZipField().clean(text) == "123"


def test_zip_code_pattern_matches_the_whole_text() -> None:
    field = ZipField()
    field.strip = False
    assert not is_accepted(field.clean, "12345\n")


@pytest.mark.parametrize("text", ["٢٠٢٦", "20२६", "２０２６", "2026\n"])
def test_year_has_only_ascii_digits(text: str) -> None:
    years = YearFilter("Year", "All")
    assert is_accepted(lambda each: years.parse(each, None), "2026")
    assert not is_accepted(lambda each: years.parse(each, None), text)


@pytest.mark.parametrize("text", OTHER_SCRIPTS[:3])
def test_phone_number_has_ascii_digits(text: str) -> None:
    telephone = CallBlock().child_blocks["telephone"]
    assert is_accepted(telephone.clean, "1-800-222-1222")
    assert not is_accepted(telephone.clean, text)
    value = ContactValue(CallBlock(), [("telephone", f"+1-800 {text}²")])
    assert value.tel == "+1800"


@pytest.mark.parametrize("text", OTHER_SCRIPTS[:3])
def test_page_ids_and_file_names_have_ascii_digits(text: str) -> None:
    assert not links.PAGE_ID.search(f'<a linktype="page" id="{text}">')
    match = NAME.fullmatch(f"{text}-page.md")
    assert not (match and match["number"])
