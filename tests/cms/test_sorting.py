import pytest
from django.test import Client

from mission.models import HomePage


def test_a_long_list_is_not_sorted_by_hand(
    home: HomePage, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, sentence = f"/admin/pages/{home.pk}/?ordering=ord", b"You cannot sort more than"
    listing = admin_client.get(address)
    assert listing.status_code == 200
    assert sentence not in listing.content
    monkeypatch.setattr("cms.listings.MOST_SORTED", -1)
    assert sentence in admin_client.get(address).content
