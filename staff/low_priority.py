"""Threads that compute something slow, while pages get the processor first."""

import os
from concurrent.futures import ThreadPoolExecutor


def _lower_priority() -> None:
    """On Linux, this applies to the calling thread only."""
    os.nice(10)


def low_priority_thread(name: str) -> ThreadPoolExecutor:
    """One thread in each process, which starts with its first task."""
    return ThreadPoolExecutor(1, name, initializer=_lower_priority)
