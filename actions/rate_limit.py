"""Limits the rate of public forms, with token buckets.

Buckets exist only in this process's memory. Their keys are hashes with a random salt that is never
stored and is replaced daily, so that no key can be traced to an IP address. Each process counts
separately: the limit of the whole site is the configured rate times the number of processes.
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
MAX_BUCKETS = 20_000  # with more buckets, the least recently used one is dropped


@dataclass(frozen=True)
class Rate:
    """Allows `burst` requests at once, then `per_minute`."""

    burst: int
    per_minute: int


# SENDER_RATE allows people to sign one after another at an event, but stops a script that sends
# hundreds of forms. TOTAL_RATE keeps the emails that forms send within what mail servers accept.
SENDER_RATE = Rate(burst=15, per_minute=10)
TOTAL_RATE = Rate(burst=300, per_minute=150)
# A sender over the rate limit gets the form again, with the input and status 429. Rendering it
# takes as long as any page. A sender over FLOOD, which counts all forms together, is probably a
# script and gets the short, fast 429.html.
FLOOD = Rate(burst=30, per_minute=30)


@dataclass
class Buckets:
    """Token buckets by name. New buckets are full. `take` returns whether a token was left."""

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
            level = min(rate.burst, level + (now - at) * rate.per_minute / 60)
            taken = level >= 1
            self._levels[key] = (level - taken, now)
            if len(self._levels) > MAX_BUCKETS:
                self._levels.popitem(last=False)
            return taken

    def clear(self) -> None:
        with self._lock:
            self._levels.clear()


buckets = Buckets()


def is_within_rate_limit(
    request: HttpRequest,
    form: str,
    sender_rate: Rate = SENDER_RATE,
    total_rate: Rate = TOTAL_RATE,
) -> bool:
    """Whether this sender, and all senders together, are within the rate limit of this form."""
    is_sender_within = buckets.take(f"{form} from {_sender(request)}", sender_rate)
    return is_sender_within and buckets.take(form, total_rate)


def is_flood(request: HttpRequest) -> bool:
    """Whether this sender exceeds FLOOD across all forms."""
    return not buckets.take(f"all from {_sender(request)}", FLOOD)


def _sender(request: HttpRequest) -> str:
    """The sender's IPv4 address or IPv6 /64 network, from nginx's X-Forwarded-For if it is set."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    ip = forwarded or request.META.get("REMOTE_ADDR", "")
    with suppress(ValueError):
        found = ip_address(ip)
        if isinstance(found, IPv6Address):  # one client usually has a whole /64
            return found.exploded[:19]
    return ip
