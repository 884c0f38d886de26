from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class ContentError(ValueError):
    """An error at one line (counted from 1) of the file being read."""

    def __init__(self, reason: object, line: int) -> None:
        super().__init__(str(reason))
        self.line = line


@dataclass
class ErrorCollector:
    """Collects all errors in a folder, so that its author can fix them at once."""

    lines: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, reason: object) -> None:
        self.lines.append(f"{file}, line {line}: {reason}")

    @contextmanager
    def collect(self, file: str, line: int = 1) -> Iterator[None]:
        """Collect a `ContentError` raised inside and go on; `line` is the default line."""
        try:
            yield
        except ContentError as error:
            self.add(file, error.line or line, error)
