from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Wrong(ValueError):
    """One mistake, at one line (counted from 1) of the file being read."""

    def __init__(self, reason: object, line: int) -> None:
        super().__init__(str(reason))
        self.line = line


@dataclass
class Mistakes:
    """Collects all mistakes in a folder, so that its author can fix them at once."""

    lines: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, reason: object) -> None:
        self.lines.append(f"{file}, line {line}: {reason}")

    @contextmanager
    def collect(self, file: str, line: int = 1) -> Iterator[None]:
        """Collect a `Wrong` raised inside and go on; `line` is the default line."""
        try:
            yield
        except Wrong as wrong:
            self.add(file, wrong.line or line, wrong)
