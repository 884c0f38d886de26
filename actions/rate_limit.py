"""How often a form may be sent: buckets of tokens that fill up again while time goes by.

They live in the memory of this process and nowhere else, under hashes whose salt is made here, is
told to nobody and is gone with the day: nothing can be traced back to an address. Each process
counts by itself, so the site as a whole lets through as many times more as it has processes.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from django.http import HttpRequest

DAY = 24 * 60 * 60
MOST = 20_000  # buckets; the one that was used longest ago makes room


@dataclass(frozen=True)
class Rate:
    """`burst` at once, then `a_minute`."""

    burst: int
    a_minute: int


# An event where people sign one after the other goes through; a program that tries by the hundred
# does not. All together are held to what a mail server takes.
ONE_SENDER = Rate(burst=15, a_minute=10)
ALL_SENDERS = Rate(burst=300, a_minute=150)
# A refusal is a page with all that was typed, which costs as much as any. Whoever goes on beyond
# this, in all forms together, is a program, and gets a short answer that costs next to nothing.
FLOOD = Rate(burst=30, a_minute=30)


@dataclass
class Buckets:
    """Full at first. `take` says whether there was a token."""

    clock: Callable[[], float] = time.monotonic
    _levels: OrderedDict[bytes, tuple[float, float]] = field(default_factory=OrderedDict)
    _salt: bytes = b""
    _day: float = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, rate: Rate) -> bool:
        with self._lock:
            now = self.clock()
            if now // DAY != self._day:
                self._day, self._salt = now // DAY, secrets.token_bytes(32)
                self._levels.clear()
            key = hashlib.blake2b(name.encode(), key=self._salt, digest_size=16).digest()
            level, at = self._levels.pop(key, (float(rate.burst), now))
            level = min(rate.burst, level + (now - at) * rate.a_minute / 60)
            taken = level >= 1
            self._levels[key] = (level - taken, now)
            if len(self._levels) > MOST:
                self._levels.popitem(last=False)
            return taken

    def clear(self) -> None:
        with self._lock:
            self._levels.clear()


buckets = Buckets()


def lets_through(
    request: HttpRequest, form: str, one: Rate = ONE_SENDER, together: Rate = ALL_SENDERS
) -> bool:
    """Whether this sender may send this form once more, and whether all senders together may."""
    return buckets.take(f"{form} from {_sender(request)}", one) and buckets.take(form, together)


def is_flood(request: HttpRequest) -> bool:
    """Whether this sender sends more than readers do."""
    return not buckets.take(f"all from {_sender(request)}", FLOOD)


def _sender(request: HttpRequest) -> str:
    """The proxy in front says who sends a form; without one we see it ourselves."""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    address = told or request.META.get("REMOTE_ADDR", "")
    with suppress(ValueError):
        found = ip_address(address)
        if isinstance(found, IPv6Address):  # whoever has one has all that begin with the same half
            return found.exploded[:19]
    return address
