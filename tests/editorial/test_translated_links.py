"""Links that translators enter."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from wagtail_localize.models import OverridableSegment, SegmentOverride

from mission.models import HomePage
from tests import factories
from tests.translation_workflow import begin, spanish, write

URLS = {
    "https://example.org/es/": True,
    "mailto:prensa@example.org": True,
    "tel:+12125550100": True,
    "/es/noticias/": True,
    "javascript:alert(1)//": False,
    " JaVa\tScript:alert(1)": False,
    "data:text/html,x": False,
}


@pytest.mark.parametrize("url", URLS)
def test_link_that_could_run_a_script_is_a_publishing_error(home: HomePage, url: str) -> None:
    text = '<p>Read <a href="https://example.org/">this</a>.</p>'
    translation = begin(factories.StandardPageFactory(parent=home, body=[("text", text)]))
    write(translation)
    segment = OverridableSegment.objects.get(context__path__endswith="'")
    SegmentOverride.objects.create(
        locale=spanish(), context=segment.context, data_json=json.dumps(url)
    )
    errors = translation.get_target_instance().publishing_errors()
    is_refused = any("This is not allowed" in sentence for _field, sentence in errors)
    assert is_refused != URLS[url]


@pytest.mark.parametrize("method", ["get", "put"])
def test_refused_request_for_a_segment_is_no_server_error(
    home: HomePage, admin_client: Client, method: str
) -> None:
    translation = begin(factories.StandardPageFactory(parent=home))
    url = reverse("wagtail_localize:edit_string_translation", args=[translation.pk, 999_999])
    assert getattr(admin_client, method)(url).status_code in {404, 405}
