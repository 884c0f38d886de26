from datetime import timedelta
from urllib.parse import unquote

from django.test import Client
from django.utils.timezone import localdate

from mission.models import HomePage
from tests import factories


def test_a_letter_is_sent_from_the_readers_own_mail(home: HomePage, client: Client) -> None:
    action = factories.ActionPageFactory(
        parent=home, letter_subject="Care & “health”", letter="Dear lawmaker,\n\n100% please?"
    )
    assert unquote(action.mailto) == (
        "mailto:?subject=Care & “health”&body=Dear lawmaker,\n\n100% please?"
    )
    html = client.get(action.url).content.decode()
    assert "100% please?" in html
    assert "<form" not in html[html.index("<main") :]


def test_after_its_last_day_a_page_shows_the_result(home: HomePage, client: Client) -> None:
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
