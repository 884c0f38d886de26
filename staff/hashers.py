"""The password hasher. It is slow on purpose, and runs at low priority so that pages stay fast."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher


def _lower_priority() -> None:
    """On Linux, this applies to the calling thread only."""
    os.nice(10)


# One thread in each process, started by the first password.
_thread = ThreadPoolExecutor(1, "password-hasher", initializer=_lower_priority)


class LowPriorityPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher in a thread of low priority: pages get the processor first."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return _thread.submit(super().encode, *args, **kwargs).result()
