from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils.timezone import localdate

from actions.choices import ActionState, ActionType
from actions.models import ActionPage, Signature
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


@pytest.mark.parametrize("kind", [ActionType.JOIN, ActionType.PETITION])
def test_sample_says_that_it_is_closed_and_takes_no_data(
    home: HomePage, client: Client, kind: str
) -> None:
    page = factories.ActionPageFactory(parent=home, kind=kind, is_sample=True)
    html = client.get(page.url).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert "It is closed: nothing can be sent from it." in main
    assert "<form" not in main
    assert "first to sign" not in main
    fields = {"email": "ana@example.org", "name": "Ana", "fax": ""}
    client.post(page.url, fields, headers={"Origin": "http://localhost"})
    assert not Signature.objects.exists()
    assert not ActionPage.objects.open_now()
