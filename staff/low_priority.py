"""Threads that compute something slow, while pages get the processor first."""

import os
from concurrent.futures import ThreadPoolExecutor


def _lower_priority() -> None:
    """Lower the priority of the calling thread. Only Linux has a priority for each thread."""
    os.nice(10)


def low_priority_thread(name: str) -> ThreadPoolExecutor:
    """An executor with one thread, which starts with the first task."""
    return ThreadPoolExecutor(1, name, initializer=_lower_priority)
