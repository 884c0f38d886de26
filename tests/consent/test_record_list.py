from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from consent.models import ConsentRecord
from mission.models import HomePage
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.roles import client_of, text_of, user_with_role


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"This month", "In spring", "Long", "Past", "Nobody asked", "Unattended"}),
        ("state=month", {"This month"}),
        ("state=soon", {"This month", "In spring"}),
        ("state=ended", {"Past"}),
        ("state=unusable", {"Nobody asked"}),
        ("steward=none", {"Unattended"}),
        ("steward=me", {"Long"}),
        ("q=f-99", {"Long"}),
        ("q=spring", {"In spring"}),
    ],
)
def test_list_filters(
    story_index: StoryIndexPage, monkeypatch: pytest.MonkeyPatch, query: str, titles: set[str]
) -> None:
    today = localdate().replace(day=10)  # five days later, it is still this month
    for module in ("viewsets", "models", "descriptions"):
        monkeypatch.setattr(f"consent.{module}.localdate", lambda: today)
    me = user_with_role("Story stewards")

    def add(title: str, days: int, **values: Any) -> None:
        record = factories.consent(
            given_on=today - timedelta(days=400), expires_on=today + timedelta(days=days), **values
        )
        factories.StoryPageFactory(parent=story_index, title=title, live=False, consent=record)

    add("This month", 5)
    add("In spring", 100)
    add("Long", 300, steward=me, form_reference="F-99")
    add("Past", -5)
    add("Unattended", 300, steward=None)
    nothing = ConsentRecord.objects.create()
    factories.StoryPageFactory(
        parent=story_index, title="Nobody asked", live=False, consent=nothing
    )
    response = client_of(me).get(f"{reverse('consent:index')}?{query}")
    all_titles = {page.title for page in StoryPage.objects.all()}
    assert {title for title in all_titles if f"> {title} <" in text_of(response)} == titles


def test_list_shows_state_in_words_and_soonest_end_first(story_index: StoryIndexPage) -> None:
    for title, values in (
        ("First", {"expires_on": localdate() + timedelta(days=20)}),
        ("Second", {}),
        ("Third", {"given_on": None, "expires_on": None}),
    ):
        record = factories.consent(**values)
        factories.StoryPageFactory(parent=story_index, title=title, live=False, consent=record)
    said = text_of(client_of(user_with_role("Story stewards")).get(reverse("consent:index")))
    order = [said.index(f"> {title} <") for title in ("First", "Second", "Third")]
    assert order == sorted(order)
    assert "Ends on " in said
    assert "Cannot be shown: Write the day on which the person agreed." in said


def test_list_omits_record_without_items(admin_client: Client, story_index: StoryIndexPage) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="Kept")
    ConsentRecord.objects.create()
    records = admin_client.get(reverse("consent:index")).context["object_list"]
    assert [record.pk for record in records] == [story.consent_id]


def test_list_query_count_is_constant(story_index: StoryIndexPage, home: HomePage) -> None:
    for role in ("Writers", "Story stewards"):
        client = client_of(user_with_role(role))

        def queries(client: Client = client) -> int:
            client.get(reverse("consent:index"))
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(reverse("consent:index")).status_code == 200
            return len(captured)

        factories.StoryPageFactory(parent=story_index, consent=factories.consent())
        before = queries()
        for number in range(6):
            factories.StoryPageFactory(parent=story_index, consent=factories.consent())
            factories.picture(f"Face {role} {number}")
        assert queries() <= before


def test_old_report_url_redirects_to_list(admin_client: Client) -> None:
    response = admin_client.get(reverse("consent_report"))
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/consent/")
