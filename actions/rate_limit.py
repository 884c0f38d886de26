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
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest

DAY = 24 * 60 * 60
MAX_BUCKETS = 20_000  # with more buckets, the least recently used one is dropped
NAT64 = IPv6Network("64:ff9b::/96")  # the last 32 bits are an IPv4 address


@dataclass(frozen=True)
class Rate:
    """Allows `burst` requests at once, then `per_minute`."""

    burst: int
    per_minute: float


# SENDER_RATE allows people to sign one after another at an event, but stops a script that sends
# hundreds of forms. TOTAL_RATE keeps the emails that forms send within what mail servers accept.
SENDER_RATE = Rate(burst=15, per_minute=10)
TOTAL_RATE = Rate(burst=300, per_minute=150)
# A sender over the rate limit gets the form again, with the input and status 429. Rendering it
# takes as long as any page. A sender over FLOOD, which counts all forms together, is probably a
# script and gets the short, fast 429.html.
FLOOD = Rate(burst=30, per_minute=30)
# A form within FIRST_RATE is the first from its network for an hour. Half of each total rate is
# reserved for such forms, so that one person with a few networks cannot use up the allowance of
# everybody.
FIRST_RATE = Rate(burst=1, per_minute=1 / 60)


@dataclass
class Buckets:
    """Token buckets by name. New buckets are full.

    `take` takes one token if at least `reserve` are left afterwards, and returns whether it did.
    """

    clock: Callable[[], float] = time.monotonic
    _levels: OrderedDict[bytes, tuple[float, float]] = field(default_factory=OrderedDict)
    _salt: bytes = b""
    _day: float = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, rate: Rate, reserve: int = 0) -> bool:
        return self._use(name, rate, reserve, count=1)

    def has(self, name: str, rate: Rate) -> bool:
        """Whether `take` would take a token now."""
        return self._use(name, rate, 0, count=0)

    def _use(self, name: str, rate: Rate, reserve: int, count: int) -> bool:
        with self._lock:
            now = self.clock()
            if now // DAY != self._day:
                self._day, self._salt = now // DAY, secrets.token_bytes(32)
                self._levels.clear()
            key = hashlib.blake2b(name.encode(), key=self._salt, digest_size=16).digest()
            level, at = self._levels.pop(key, (float(rate.burst), now))
            level = min(rate.burst, level + (now - at) * rate.per_minute / 60)
            is_enough = level >= 1 + reserve
            self._levels[key] = (level - count if is_enough else level, now)
            if len(self._levels) > MAX_BUCKETS:
                self._levels.popitem(last=False)
            return is_enough

    def clear(self) -> None:
        with self._lock:
            self._levels.clear()


buckets = Buckets()


def is_within_rate_limit(
    request: HttpRequest,
    form: str,
    sender_rate: Rate = SENDER_RATE,
    total_rate: Rate | None = TOTAL_RATE,
    *,
    is_valid: bool = True,
) -> bool:
    """Whether this sender, and all senders together, are within the rate limit of this form.

    Without `total_rate`, only the sender is limited. An invalid form counts only against its
    sender, so that a script with refused forms cannot use up the allowance of everybody.
    """
    sender = _sender(request)
    if not buckets.take(f"{form} from {sender}", sender_rate):
        return False
    if not is_valid or not total_rate:
        return True
    # The IPv6 /48 network of the sender, because an internet provider may give a customer a /48.
    customer = sender.rpartition(":")[0] or sender
    is_first = buckets.take(f"{form} first from {customer}", FIRST_RATE)
    return buckets.take(form, total_rate, reserve=0 if is_first else total_rate.burst // 2)


def is_flood(request: HttpRequest) -> bool:
    """Whether this sender exceeds FLOOD across all forms."""
    return not buckets.take(f"all from {_sender(request)}", FLOOD)


def would_be_flood(request: HttpRequest) -> bool:
    """Whether the next form of this sender would exceed FLOOD. Takes no token."""
    return not buckets.has(f"all from {_sender(request)}", FLOOD)


def _sender(request: HttpRequest) -> str:
    """The sender's IPv4 address or IPv6 /64 network, from nginx's X-Forwarded-For if it is set."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2]
    for text in (forwarded, request.META.get("REMOTE_ADDR", "")):
        with suppress(ValueError):
            return normalize_ip(text)
    return "unknown"


def normalize_ip(text: str) -> str:
    """The IPv4 address or IPv6 /64 network in `text`, which may contain a port.

    Raises ValueError if `text` has no IP address. One client usually has a whole /64. Proxies, 6to4
    and NAT64 may write an IPv4 address as IPv6. Such an address is returned as IPv4. Otherwise all
    IPv4 clients would count as a few /64 networks.
    """
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 203.0.113.9:443
        text = text.partition(":")[0]
    found = ip_address(text)
    if isinstance(found, IPv4Address):
        return str(found)
    embedded = found.ipv4_mapped or found.sixtofour
    if found in NAT64:
        embedded = IPv4Address(int(found) & 0xFFFF_FFFF)
    return str(embedded) if embedded else IPv6Address(int(found)).exploded[:19]
