"""Excerpts of search results: whole sentences, and the heading that they stand under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from search.normalization import words
from search.passages import Line, load

MAX_LENGTH = 260  # characters
LEAD = 60  # characters before the first match in a sentence that is longer than an excerpt
ENDED = re.compile(r"[.!?…:。！？؟।][\"'”’»)\]]*$")
START, STOP = "\x02", "\x03"  # with which PostgreSQL marks the words that match


@dataclass
class Excerpt:
    """HTML with each match in a `mark` element. The heading may be empty."""

    heading: SafeString
    text: SafeString


def excerpt(text: str, marked: str, beginning: str) -> Excerpt:
    """The sentences with the most matches. `text` is what `search.passages.dump` returned.

    `marked` is the normalized text in which PostgreSQL has marked words with a matching stem. Words
    that begin with `beginning`, the last word of the query, are marked too, because PostgreSQL does
    not mark prefixes.
    """
    lines = load(text)
    matches = [
        [START in form or (beginning != "" and form.startswith(beginning)) for form in row.split()]
        for row in marked.split("\n")
    ]
    counts = [sum(row) for row in matches]
    shown = max(_candidates(lines), key=lambda part: _score(part, lines, counts), default=range(0))
    heading = lines[shown[0]].heading if shown else None
    parts = [
        (_mark_up(lines[one].text, matches[one]), _gap_after(lines[one].text, one == shown[-1]))
        for one in shown
    ]
    return Excerpt(
        _mark_up(lines[heading].text, matches[heading]) if heading is not None else SafeString(""),
        format_html_join("", "{}{}", parts),
    )


def _gap_after(sentence: str, is_last: bool) -> str:
    """What follows a sentence: a dot if it has no period, such as an item of a list."""
    if is_last:
        return ""
    return " " if ENDED.search(sentence) else " · "


def _candidates(lines: list[Line]) -> Iterator[range]:
    """From each sentence, those under the same heading that fit into an excerpt, at least one."""
    for start, line in enumerate(lines):
        if line.heading == start:
            continue
        end, length = start + 1, len(line.text)
        while end < len(lines) and lines[end].heading == line.heading:
            length += 1 + len(lines[end].text)
            if length > MAX_LENGTH:
                break
            end += 1
        yield range(start, end)


def _score(part: range, lines: list[Line], counts: list[int]) -> tuple[int, bool]:
    """The number of matches, then whether the first sentence or the heading has one."""
    heading = lines[part[0]].heading
    in_heading = heading is not None and counts[heading] > 0
    return sum(counts[one] for one in part), counts[part[0]] > 0 or in_heading


def _mark_up(text: str, matches: list[bool]) -> SafeString:
    """HTML of a sentence, in which the words of `matches` are marked.

    If the sentence is longer than an excerpt, this is the part with the first match.
    """
    spans = _spans(text, matches)
    begin, end = _cut(text, spans[0][0] if spans else 0)
    parts, at = [], begin
    for start, stop in spans:
        if at <= start and stop <= end:
            parts.append((text[at:start], text[start:stop]))
            at = stop
    return format_html(
        "{}{}{}{}",
        "… " if begin else "",
        format_html_join("", "{}<mark>{}</mark>", parts),
        text[at:end],
        " …" if end < len(text) else "",
    )


def _spans(text: str, matches: list[bool]) -> list[tuple[int, int]]:
    """Start and end of what to mark."""
    forms, spans, runs = iter(matches), list[tuple[int, int]](), list[tuple[int, int]]()
    for word in words(text):
        if not any(list(islice(forms, len(word.forms)))):
            continue
        if not word.is_unspaced:
            spans.append((word.start, word.end))
        elif runs and runs[-1][1] == word.start:
            runs[-1] = runs[-1][0], word.end
        else:
            runs.append((word.start, word.end))
    # PostgreSQL also marks single letters of an unspaced phrase. The longest runs are the phrase.
    longest = max((stop - start for start, stop in runs), default=0)
    return sorted([*spans, *(run for run in runs if run[1] - run[0] == longest)])


def _cut(text: str, first: int) -> tuple[int, int]:
    """Start and end of the part to show, at spaces if possible, with the match at `first`."""
    if len(text) <= MAX_LENGTH:
        return 0, len(text)
    begin = text.find(" ", first - LEAD, first) + 1 or first if first > LEAD else 0
    if begin + MAX_LENGTH >= len(text):
        return begin, len(text)
    end = text.rfind(" ", begin + 1, begin + MAX_LENGTH)
    return begin, end if end > begin else begin + MAX_LENGTH
