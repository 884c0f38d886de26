from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from staff.low_priority import low_priority_thread

_thread = low_priority_thread("password-hasher")


class LowPriorityPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's slow hasher in a thread of low priority, so that pages get the processor first."""

    def encode(self, *args: Any, **kwargs: Any) -> str:
        return _thread.submit(super().encode, *args, **kwargs).result()
