from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError


class ContentError(ValueError):
    """An error at one line (counted from 1) of the file being read."""

    def __init__(self, reason: object, line: int) -> None:
        super().__init__(str(reason))
        self.line = line


def check_characters(text: str, line: int) -> None:
    """Raise ContentError if PostgreSQL cannot store the text."""
    if "\0" in text:
        raise ContentError("the text contains a NUL character.", line)
    try:
        text.encode()
    except UnicodeEncodeError as error:  # half of a character, such as “\ud800” in YAML
        raise ContentError("the text contains a character that does not exist.", line) from error


class LoadError(Exception):
    """Validation or the database refused the values of a file. Nothing is loaded."""


@contextmanager
def name_refused_file(file: str) -> Iterator[None]:
    """Turn exceptions of validation and of the database into a `LoadError` that names the file."""
    try:
        yield
    except ValidationError as error:
        raise LoadError(f"{file}: {' '.join(error.messages)}") from error
    except (IntegrityError, DataError) as error:
        # The whole message of the database would quote the row, which may be a person's story.
        diagnostic = getattr(error.__cause__, "diag", None)
        reason = getattr(diagnostic, "message_primary", None) or type(error).__name__
        raise LoadError(f"{file}: the database refused it: {reason}.") from error


@dataclass
class ErrorCollector:
    """Collects all errors in a folder, so that its author sees all of them after one run."""

    lines: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, reason: object) -> None:
        # Names of files may be invalid UTF-8.
        self.lines.append(f"{file}, line {line}: {reason}".encode(errors="replace").decode())

    @contextmanager
    def collect(self, file: str, line: int = 1) -> Iterator[None]:
        """Collect a `ContentError` raised in the block. If its line is 0 (unknown), use `line`."""
        try:
            yield
        except ContentError as error:
            self.add(file, error.line or line, error)
