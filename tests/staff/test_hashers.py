"""Passwords are hashed in a thread of low priority."""

import os
import sys
import threading

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from staff.hashers import LowPriorityPBKDF2PasswordHasher
from tests.dpa_site.production import GOOD, start

PASSWORD = "a long password of hers"


def test_hash_equals_the_hash_of_django() -> None:
    ours, django = LowPriorityPBKDF2PasswordHasher(), PBKDF2PasswordHasher()
    encoded = ours.encode(PASSWORD, "salt", iterations=1)
    assert encoded == django.encode(PASSWORD, "salt", iterations=1)
    assert ours.verify(PASSWORD, encoded)
    assert not ours.verify("another", encoded)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_hash_is_computed_by_one_thread_of_low_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def encode(*args: object) -> str:
        thread = threading.get_native_id()
        used.append((thread, os.getpriority(os.PRIO_PROCESS, thread)))
        return "hash"

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", encode)
    for _ in range(3):
        LowPriorityPBKDF2PasswordHasher().encode(PASSWORD, "salt")
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    ((thread, priority),) = set(used)
    assert thread != threading.get_native_id()
    assert priority == min(own + 10, 19)


def test_production_hashes_with_low_priority() -> None:
    run = start("print(settings.PASSWORD_HASHERS)", **GOOD)
    hasher = "staff.hashers.LowPriorityPBKDF2PasswordHasher"
    assert run.stdout.strip() == f"['{hasher}']", run.stderr
