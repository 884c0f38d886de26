"""Parses Markdown into rich text with links and numbered sources. Raises ContentError."""

from content_files import markdown
from content_files.errors import ContentError
from content_files.scalars import expect_text
from content_files.targets import Targets, suggestion
from content_files.yaml_lines import Fields, Text, Value
from editorial.sources.rich_text import FIELDS as SOURCE_FIELDS
from editorial.sources.rich_text import stored_mark


def parse_rich_text(text: Text, targets: Targets) -> str:
    return resolve_links(markdown.rich_text(text, text.line), text.line, targets)


def resolve_links(html: str, line: int, targets: Targets) -> str:
    for key in markdown.PAGE_LINK.findall(html):
        targets.page(key, line)
    return markdown.NOTE_MARK.sub(lambda mark: stored_mark(targets.note(mark[1], line)), html)


def parse_notes(written: Value) -> dict[str, dict[str, str]]:
    """Parse the “notes” of a file: its sources by name."""
    if not isinstance(written, Fields):
        raise ContentError(
            "expected a name for each source, with its fields below it.", written.line
        )
    for source in written.values():
        if not isinstance(source, Fields) or "title" not in source:
            raise ContentError("a source needs a “title”.", source.line)
        for name, value in source.items():
            if name not in SOURCE_FIELDS:
                raise ContentError(
                    f"unknown field “{name}”.{suggestion(name, SOURCE_FIELDS)}", value.line
                )
            if name in {"url", "archived"} and not expect_text(value).startswith(
                ("https://", "http://")
            ):
                raise ContentError(f"“{value}” is not a URL such as https://….", value.line)
    return {name: dict(source) for name, source in written.items()}
