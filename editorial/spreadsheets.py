"""Keeps spreadsheet programs from running exported text as a formula."""

import re
import unicodedata
from functools import wraps
from typing import Any

from django.utils.encoding import force_str
from wagtail.admin.views.mixins import SpreadsheetExportMixin

from editorial.clean_text import clean_text

FORMULA_STARTS = frozenset("=+-@−")
# A spreadsheet program may begin a new cell at each of these characters, whatever separator the
# file uses. A semicolon begins a new cell in some languages. After a line break within a cell, even
# a comma in quotation marks begins a new cell.
CELL_ENDS = re.compile("([,;\t\r\n\v\f\x85\u2028\u2029])")
# Letters and symbols without a visible form. All other invisible characters can be recognized by
# their category: separators (Z), control and format characters (C) and marks (M).
FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
IGNORED = FILLERS | {'"'}  # a quotation mark only encloses a cell


def escape_formulas(text: str) -> str:
    """Put an apostrophe before each part of `text` that a spreadsheet would run as a formula."""
    return "".join(f"'{part}" if _is_formula(part) else part for part in CELL_ENDS.split(text))


def _is_formula(text: str) -> bool:
    """Whether the first visible character of `text` begins a formula.

    A full-width form of a character in FORMULA_STARTS begins a formula too.
    """
    for character in text:
        if character not in IGNORED and unicodedata.category(character)[0] not in "ZCM":
            return unicodedata.normalize("NFKC", character)[0] in FORMULA_STARTS
    return False


def escape_wagtail_exports() -> None:
    """Escape formulas in the CSV files of all lists and reports of the CMS.

    XLSX files need no apostrophes, because Wagtail marks all text in them as text. XLSX is XML, so
    characters that XML does not allow are removed.
    """
    original = SpreadsheetExportMixin.preprocess_field_value

    @wraps(original)
    def preprocess_field_value(
        self: SpreadsheetExportMixin, field: str, value: Any, export_format: str
    ) -> Any:
        value = original(self, field, value, export_format)
        value = force_str(value, strings_only=True)  # numbers and dates stay what they are
        if not isinstance(value, str):
            return value
        if export_format == self.FORMAT_CSV:
            return escape_formulas(value)
        return clean_text(value)

    SpreadsheetExportMixin.preprocess_field_value = preprocess_field_value
