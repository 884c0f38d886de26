"""A new page is published by the permission for its own type, not for its parent."""

import pytest
from django.urls import reverse
from wagtail.models import Page
from wagtail.test.utils.form_data import rich_text

from mission.models import HomePage
from stories.models import StoryIndexPage
from tests.test_roles import PUBLISHES, client_for

TYPES = {
    "action": ("actions", "actionpage"),
    "about": ("mission", "standardpage"),
    "story": ("stories", "storypage"),
}


@pytest.mark.parametrize("role", PUBLISHES)
def test_new_page_is_published_by_those_who_may_publish_its_type(
    home: HomePage, story_index: StoryIndexPage, role: str
) -> None:
    client = client_for(role)
    for kind, names in TYPES.items():
        parent = story_index if kind == "story" else home
        url = reverse("wagtailadmin_pages:add", args=[*names, parent.pk])
        form = client.get(url)
        offers = form.status_code == 200 and b'name="action-publish"' in form.content
        assert offers is (kind in PUBLISHES[role] and kind != "story"), kind
        if form.status_code == 200:
            html = form.content.decode()
            assert ("only take effect after you select" in html) is offers
            assert ("only those with publishing permissions" in html) is not offers
        if kind == "action" and offers:
            fields = {field.name: field.value() or "" for field in form.context["form"]}
            fields |= {f"{name}-count": 0 for name in ("body", "corrections")}
            fields |= {"comments-TOTAL_FORMS": 0, "comments-INITIAL_FORMS": 0}
            # Without a slug, which the script of the editor fills a moment after a title is pasted.
            fields |= {"title": "New", "slug": "", "result": rich_text(""), "letter": "Dear,"}
            client.post(url, fields | {"action-publish": "on"})
            assert Page.objects.get(slug="new").live
