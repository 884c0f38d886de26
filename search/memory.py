"""Keeps what was read from the database in the memory of the process for some seconds."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Calls `load` at most once in `seconds` for each language. Thread-safe."""

    def __init__(self, load: Callable[[str], Value], seconds: int) -> None:
        self.load, self.seconds = load, seconds
        self.lock = threading.Lock()
        self.kept: dict[str, tuple[float, Value]] = {}  # expiry and value, by language

    def __call__(self, language: str) -> Value:
        with self.lock:
            if language not in self.kept or time.monotonic() >= self.kept[language][0]:
                value = self.load(language)
                self.kept[language] = time.monotonic() + self.seconds, value
            return self.kept[language][1]

    def clear(self) -> None:
        self.kept.clear()
