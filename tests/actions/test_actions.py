from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils.timezone import localdate

from actions.choices import ActionState, ActionType
from mission.models import HomePage
from tests import factories


def test_letter_action_uses_mailto_link(home: HomePage, client: Client) -> None:
    action = factories.ActionPageFactory(
        parent=home, letter_subject="Care & “health”", letter="Dear lawmaker,\n\n100% please?"
    )
    assert unquote(action.mailto) == (
        "mailto:?subject=Care & “health”&body=Dear lawmaker,\n\n100% please?"
    )
    html = client.get(action.url).content.decode()
    assert "100% please?" in html
    assert "<form" not in html[html.index("<main") :]


def test_action_page_shows_result_after_closing_date(home: HomePage, client: Client) -> None:
    action = factories.ActionPageFactory(
        parent=home,
        letter="Dear lawmaker",
        closes_on=localdate(),
        result="<p>The bill passed.</p>",
    )
    html = client.get(action.url).content.decode()
    assert "Dear lawmaker" in html
    assert "The bill passed." not in html
    action.closes_on -= timedelta(days=1)
    action.save()
    html = client.get(action.url).content.decode()
    assert "Dear lawmaker" not in html
    assert "The bill passed." in html


@pytest.mark.parametrize("kind", ActionType)
def test_page_that_asks_for_an_email_address_says_what_happens_with_it(
    home: HomePage, kind: str
) -> None:
    page = factories.ActionPageFactory(parent=home, kind=kind, what_follows=" ", live=False)
    names = [name for name, _sentence in page.publishing_errors()]
    assert names == ([] if kind == ActionType.LETTER else ["what_follows"])
    page.state = ActionState.CLOSED  # the form is gone
    assert not list(page.publishing_errors())
    page.state, page.what_follows = ActionState.OPEN, "We write once."
    assert not list(page.publishing_errors())
