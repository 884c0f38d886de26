"""The image library and chooser show which pictures cannot be used yet, and why."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pictures.models import Picture
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
VIEWS = [
    "/admin/images/",
    "/admin/images/?layout=list",
    "/admin/images/results/",
    "/admin/images/chooser/",
    "/admin/images/chooser/results/",
    "/admin/images/chooser/results/?layout=list",
    "/admin/images/chooser/results/?multiple=1",
]
LABELS = {
    "Usable": [],
    "Unanswered": ["Who is shown?"],
    "Nothing agreed": ["Say why we may show this."],
    "Not begun": ["Consent has not begun yet. Correct the date or wait until that day."],
    "Ended": ["Consent has ended"],
    "Child": ["An administrator must first approve showing a child."],
    "Not here": ["There is no permission to show it here."],
    "No one": ["There is no permission to show it here."],
    "File name": ["Alt text is missing"],
    "Everything": ["Who is shown?", "Alt text is missing"],
}


@pytest.fixture
def library(home: object) -> None:
    consent = factories.consent
    factories.picture("Usable", consent=consent())
    factories.picture("Unanswered", consent=consent(shown=""))
    factories.picture("Nothing agreed", consent=consent(basis=""))
    factories.picture("Not begun", consent=consent(given_on=TODAY + timedelta(days=1)))
    factories.picture("Ended", consent=consent(expires_on=TODAY))
    factories.picture("Child", consent=consent(shown="child"))
    factories.picture("Not here", consent=consent(for_site=False))
    factories.picture("No one", consent=consent(shown="no-one", for_site=False))
    factories.picture("File name", consent=consent())
    factories.picture("Everything", consent=consent(shown=""))
    Picture.objects.filter(title="File name").update(description="IMG_1234")
    Picture.objects.filter(title="Everything").update(description="")


def shown(client: Client, view: str) -> str:
    response = client.get(view)
    assert response.status_code == 200
    if "json" in response["Content-Type"]:
        return response.json()["html"]
    return response.content.decode()


@pytest.mark.parametrize("view", VIEWS)
def test_pictures_have_labels(admin_client: Client, library: None, view: str) -> None:
    html = shown(admin_client, view)
    rows = re.split(r"<(?:li|tr)\b", html)
    for title, labels in LABELS.items():
        (row,) = [row for row in rows if title in row and "/admin/pictures/" in row]
        assert re.findall(r'class="w-status">([^<]+)<', row) == labels, title


@pytest.mark.parametrize("view", VIEWS)
def test_labels_cost_no_queries_per_picture(admin_client: Client, library: None, view: str) -> None:
    shown(admin_client, view)  # the first request makes the thumbnails

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(admin_client, view)
        return len(captured)

    many = count()
    Picture.objects.exclude(title="Usable").delete()
    assert count() == many
