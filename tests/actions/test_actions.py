from datetime import timedelta
from urllib.parse import unquote

from django.test import Client
from django.utils.timezone import localdate

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
