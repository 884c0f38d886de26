"""Decodes character references such as `&eacute;` and `&#233;` in text that somebody typed."""

import html
import re

LEADING_ZEROS = re.compile(r"(?<=&#)0+(?=[0-9])")
TOO_LARGE = re.compile(r"&#[0-9]{8,};?")  # Unicode ends at 1114111
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def unescape(text: str) -> str:
    """Decode like `html.unescape`, but without its error for numbers of more than 4300 digits."""
    return html.unescape(TOO_LARGE.sub(REPLACEMENT, LEADING_ZEROS.sub("", text)))
