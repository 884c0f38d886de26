"""Token buckets with a fake clock, and the rate limits of public forms."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.testing import InMemoryConnector

from actions.forms import PublicForm
from actions.models import ActionPage
from actions.rate_limit import FLOOD, SENDER_RATE, Buckets, Rate, normalize_ip
from actions.signatures import RateLimitExemption
from tests.actions.test_signatures import SAME_ORIGIN, form_data, post_form

SENDER = "form from 203.0.113.9"


def strings_in(value: object) -> set[bytes]:
    """Every string in `value`, at any depth, as bytes."""
    if isinstance(value, bytes):
        return {value}
    if isinstance(value, str):
        return {value.encode()}
    if isinstance(value, dict):
        parts = [*value, *value.values()]
    elif isinstance(value, list | tuple | set):
        parts = [*value]
    else:
        parts = [*getattr(value, "__dict__", {}).values()]
    return set().union(*map(strings_in, parts))


def test_bucket_refills_over_time() -> None:
    now = [0.0]
    buckets = Buckets(clock=lambda: now[0])
    rate = Rate(burst=2, per_minute=6)
    assert [buckets.take("a", rate) for _ in range(3)] == [True, True, False]
    assert buckets.take("b", rate)
    now[0] = 9.0
    assert not buckets.take("a", rate)
    now[0] = 10.0
    assert [buckets.take("a", rate) for _ in range(2)] == [True, False]
    now[0] = 3_600.0
    assert [buckets.take("a", rate) for _ in range(3)] == [True, True, False]


def test_buckets_store_only_hashes_salted_per_process() -> None:
    here, elsewhere = Buckets(), Buckets()
    for buckets_of_one_process in (here, elsewhere):
        buckets_of_one_process.take(SENDER, SENDER_RATE)
    hashes = strings_in(here)
    assert len(hashes) >= 2  # the salt and one hashed sender
    assert not [found for found in hashes if b"203.0.113.9" in found]
    assert hashes.isdisjoint(strings_in(elsewhere))


def test_buckets_reset_senders_and_salt_daily() -> None:
    now = [86_399.0]
    buckets = Buckets(clock=lambda: now[0])
    rate = Rate(burst=2, per_minute=6)
    assert [buckets.take(SENDER, rate) for _ in range(3)] == [True, True, False]
    hashes = strings_in(buckets)
    now[0] = 86_400.0  # without the reset, one second adds only a tenth of a token
    assert [buckets.take(SENDER, rate) for _ in range(3)] == [True, True, False]
    assert len(strings_in(buckets)) == len(hashes)
    assert hashes.isdisjoint(strings_in(buckets))


def test_sender_limit_allows_150_signatures_from_one_network_in_15_minutes() -> None:
    now = [0.0]
    buckets = Buckets(clock=lambda: now[0])
    accepted = 0
    for _ in range(15 * 60 // 5):  # one signature every five seconds
        now[0] += 5
        accepted += buckets.take("the hall", SENDER_RATE)
    assert accepted >= 150


def test_sender_limit_blocks_one_sender_until_action_is_exempted(
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
) -> None:
    fields = form_data(client, petition.url)

    def post(number: int, sender: str) -> int:
        data = fields | {"email": f"{number}@example.org"}
        return client.post(
            petition.url, data, headers=SAME_ORIGIN | {"X-Forwarded-For": sender}
        ).status_code

    statuses = [post(number, "203.0.113.9") for number in range(20)]
    assert statuses == [303] * SENDER_RATE.burst + [429] * (20 - SENDER_RATE.burst)
    assert post(1000, "203.0.113.10") == 303
    assert post(1001, "spoofed, 203.0.113.9") == 429
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=timezone.now() + timedelta(hours=1)
    )
    assert post(1002, "203.0.113.9") == 303


def test_flood_limit_rejects_with_one_query(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    fields = form_data(client, petition.url)
    for _number in range(FLOOD.burst):
        client.post("/take-part/delete/", {"fax": "a program"}, headers=SAME_ORIGIN)
    with CaptureQueriesContext(connection) as captured:
        refused = client.post(petition.url, fields, headers=SAME_ORIGIN)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "what you wrote is still there." in refused.content.decode()
    assert len(captured) == 1  # the query for an active exemption
    others = SAME_ORIGIN | {"X-Forwarded-For": "203.0.113.10"}
    assert client.post(petition.url, fields, headers=others).status_code == 303
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=timezone.now() + timedelta(hours=1)
    )
    assert post_form(client, petition.url, email="another@example.org").status_code == 303


def test_total_limit_covers_all_senders(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "total_rate", Rate(burst=3, per_minute=1))
    fields = form_data(client, petition.url)
    responses = [
        client.post(
            petition.url, fields, headers=SAME_ORIGIN | {"X-Forwarded-For": f"203.0.113.{number}"}
        )
        for number in range(4)
    ]
    assert [response.status_code for response in responses] == [303, 303, 303, 429]


@pytest.mark.parametrize("network", ["2001:db8:7:{}::1", "203.0.113.{}"])
def test_few_networks_leave_half_of_the_total_rate_to_others(
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    monkeypatch: pytest.MonkeyPatch,
    network: str,
) -> None:
    monkeypatch.setattr(PublicForm, "total_rate", Rate(burst=20, per_minute=1))
    fields = form_data(client, petition.url)

    def post(sender: str) -> int:
        headers = SAME_ORIGIN | {"X-Forwarded-For": sender}
        return client.post(petition.url, fields, headers=headers).status_code

    statuses = [post(network.format(number % 7)) for number in range(77)]
    assert set(statuses) == {303, 429}
    assert statuses.count(303) == 10
    honest = [post(f"198.51.100.{number}") for number in range(11)]
    assert honest == [303] * 10 + [429]


def test_sender_limit_groups_ipv6_addresses_by_network(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "sender_rate", Rate(burst=1, per_minute=1))
    fields = form_data(client, petition.url)
    statuses = {
        sender: client.post(
            petition.url, fields, headers=SAME_ORIGIN | {"X-Forwarded-For": sender}
        ).status_code
        for sender in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    }
    assert statuses == {"2001:db8:1:2::1": 303, "2001:db8:1:2:ffff::9": 429, "2001:db8:1:3::1": 303}


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:50123", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:cb00:7109", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ("64:ff9b::203.0.113.9", "203.0.113.9"),
        ("64:ff9b::cb00:7109", "203.0.113.9"),
        ("2002:cb00:7109:1::1", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002"),
        ("2001:DB8:1:2:ffff::9", "2001:0db8:0001:0002"),
        ("[2001:db8:1:2::1]:50123", "2001:0db8:0001:0002"),
        ("[2001:db8:1:2::1]", "2001:0db8:0001:0002"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("64:ff9b:1::1", "0064:ff9b:0001:0000"),
    ],
)
def test_spellings_of_an_ip_address_count_as_one_sender(text: str, sender: str) -> None:
    assert normalize_ip(text) == sender


@pytest.mark.parametrize(
    "text", ["", "unknown", "a.b.c.d:1", "[", "203.0.113.9:1:2", "1.2.3", "::1::"]
)
def test_text_without_ip_address_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        normalize_ip(text)


def test_senders_with_invalid_ip_addresses_count_as_one(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "sender_rate", Rate(burst=2, per_minute=1))
    fields = form_data(client, petition.url)
    statuses = [
        client.post(
            petition.url, fields, headers=SAME_ORIGIN | {"X-Forwarded-For": text}
        ).status_code
        for text in ("forged-1", "forged-2", "forged-3")
    ]
    assert statuses == [303, 303, 429]


@pytest.mark.parametrize(
    "wrong", [{"timestamp": "0"}, {"timestamp": ""}, {"fax": "1"}, {"email": "nobody"}]
)
def test_invalid_forms_do_not_use_up_the_total_rate(
    petition: ActionPage,
    client: Client,
    queue: InMemoryConnector,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
) -> None:
    monkeypatch.setattr(PublicForm, "total_rate", Rate(burst=3, per_minute=1))
    fields = form_data(client, petition.url)

    def post(data: dict, sender: str) -> int:
        headers = SAME_ORIGIN | {"X-Forwarded-For": sender}
        return client.post(petition.url, data, headers=headers).status_code

    garbage = {post(fields | wrong, f"198.51.100.{number}") for number in range(20)}
    assert garbage == {422}
    honest = [post(fields, f"203.0.113.{number}") for number in range(4)]
    assert honest == [303, 303, 303, 429]


def test_buckets_evict_oldest_above_maximum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actions.rate_limit.MAX_BUCKETS", 2)
    buckets = Buckets(clock=lambda: 1.0)
    rate = Rate(burst=1, per_minute=1)
    assert [buckets.take(name, rate) for name in "abb"] == [True, True, False]
    assert buckets.take("c", rate)
    assert [buckets.take(name, rate) for name in "cba"] == [False, False, True]


def test_exemption_must_be_active_and_for_same_action(
    petition: ActionPage, client: Client, queue: InMemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicForm, "sender_rate", Rate(burst=1, per_minute=1))
    now = timezone.now()
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=now - timedelta(minutes=1)
    )
    RateLimitExemption.objects.create(action=uuid4(), until=now + timedelta(hours=1))
    fields = form_data(client, petition.url)
    statuses = [
        client.post(petition.url, fields, headers=SAME_ORIGIN).status_code for _ in range(2)
    ]
    assert statuses == [303, 429]


def test_flood_limit_applies_after_exemption_expires(
    petition: ActionPage, client: Client, queue: InMemoryConnector
) -> None:
    fields = form_data(client, petition.url)
    RateLimitExemption.objects.create(
        action=petition.translation_key, until=timezone.now() - timedelta(minutes=1)
    )
    for _number in range(FLOOD.burst):
        client.post("/take-part/delete/", {"fax": "a program"}, headers=SAME_ORIGIN)
    refused = client.post(petition.url, fields, headers=SAME_ORIGIN)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
