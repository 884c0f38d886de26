import pytest
from django.test import Client

from mission.models import HomePage


def test_manual_ordering_is_limited_to_short_lists(
    home: HomePage, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, message = f"/admin/pages/{home.pk}/?ordering=ord", b"You cannot sort more than"
    listing = admin_client.get(url)
    assert listing.status_code == 200
    assert message not in listing.content
    monkeypatch.setattr("cms.listings.MAX_SORTABLE", -1)
    assert message in admin_client.get(url).content
