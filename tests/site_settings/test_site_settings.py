import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from wagtail.models import Site

from mission.models import HomePage
from site_settings.choices import PageQuickExit
from site_settings.models import QuickExit, SiteSettings
from stories.models import StoryIndexPage
from tests import factories

STYLESHEET = re.compile(r"<style.*?</style>", re.DOTALL)

SOON = timedelta(minutes=5)


@pytest.fixture
def found(home: HomePage) -> SiteSettings:
    return SiteSettings.for_site(Site.objects.get())


def get(client: Client, path: str = "/") -> str:
    """A page without its stylesheet, which names all that a page may have."""
    response = client.get(path)
    assert response.status_code == (404 if path == "/not-here/" else 200), path
    return STYLESHEET.sub("", response.content.decode())


def raise_alert(found: SiteSettings, **values: object) -> None:
    found.alert_text, found.alert_until = "Go slow & test.", timezone.now() + SOON
    for name, value in values.items():
        setattr(found, name, value)
    found.save()


def test_an_alert_stands_above_the_header_of_every_page(
    found: SiteSettings, client: Client
) -> None:
    assert "alert" not in get(client)
    raise_alert(found)
    for path in ("/", "/search/", "/not-here/"):
        above = get(client, path).partition("<header")[0]
        assert '<section class="alert theme-butter" aria-label="Alert">' in above
        assert "Go slow &amp; test." in above


def test_an_alert_goes_by_itself(found: SiteSettings, client: Client) -> None:
    raise_alert(found, alert_until=timezone.now() - timedelta(seconds=1))
    assert "Go slow" not in get(client)


def test_the_link_of_an_alert_leads_only_where_readers_may_go(
    found: SiteSettings, client: Client
) -> None:
    above = factories.StandardPageFactory(parent=HomePage.objects.get(), title="Above")
    page = factories.StandardPageFactory(parent=above, title="What to do now", slug="now")
    raise_alert(found, alert_page=page)
    html = get(client)
    assert f'<a href="{page.url}">What to do now</a>' in html.partition("<header")[0]
    page.unpublish()
    html = get(client)
    assert "What to do now" not in html
    assert "Go slow" in html


def test_an_alert_without_an_end_is_refused_at_the_field(found: SiteSettings) -> None:
    found.alert_text = "Go slow."
    with pytest.raises(ValidationError) as refused:
        found.full_clean()
    assert "Say when this alert ends" in refused.value.message_dict["alert_until"][0]


def test_an_end_in_the_past_is_refused_once_and_does_not_block_later_edits(
    found: SiteSettings,
) -> None:
    found.alert_text, found.alert_until = "Go slow.", timezone.now() - SOON
    with pytest.raises(ValidationError) as refused:
        found.full_clean()
    assert "has passed" in refused.value.message_dict["alert_until"][0]
    found.save()  # it was raised in time and has ended since
    found.tagline = "Another tagline"
    found.full_clean()


def test_quick_exit_is_a_plain_link_where_editors_want_it(
    found: SiteSettings, story_index: StoryIndexPage, client: Client
) -> None:
    link = (
        '<a class="button button-line quick-exit" href="https://www.weather.gov/"'
        ' rel="nofollow noreferrer">Quick exit</a>'
    )
    factories.StoryPageFactory(parent=story_index, slug="told")
    factories.UrgentHelpPageFactory(parent=HomePage.objects.get(), slug="urgent")
    careful = ["/stories/", "/stories/told/", "/urgent/"]
    for choice, paths in {
        QuickExit.EVERYWHERE: ["/", "/search/", "/not-here/", *careful],
        QuickExit.STORIES_AND_HELP: careful,
        QuickExit.NOWHERE: [],
    }.items():
        found.quick_exit = choice
        found.save()
        for path in ("/", "/search/", "/not-here/", *careful):
            assert (link in get(client, path)) == (path in paths), (choice, path)


def test_a_page_shows_or_hides_the_quick_exit_whatever_the_site_says(
    found: SiteSettings, client: Client
) -> None:
    home = HomePage.objects.get()
    for here in PageQuickExit.values:
        factories.StandardPageFactory(parent=home, slug=here or "as-site", quick_exit=here)
    for choice in (QuickExit.EVERYWHERE, QuickExit.NOWHERE):
        found.quick_exit = choice
        found.save()
        shown = {path: "quick-exit" in get(client, path) for path in ("/shown/", "/hidden/")}
        assert shown == {"/shown/": True, "/hidden/": False}
        assert ("quick-exit" in get(client, "/as-site/")) == (choice == QuickExit.EVERYWHERE)


def test_what_the_quick_exit_cannot_do_is_said_where_there_is_one(
    found: SiteSettings, client: Client
) -> None:
    assert '<a href="/quick-exit/">About the quick exit</a>' in get(client)
    explained = get(client, "/quick-exit/")
    assert "It does not clear your browser history." in explained
    assert "It does not hide this site from the network." in explained
    found.quick_exit = QuickExit.NOWHERE
    found.save()
    assert "quick-exit" not in get(client)


def test_the_footer_holds_the_menu_and_what_editors_add(
    found: SiteSettings, story_index: StoryIndexPage, client: Client
) -> None:
    home = HomePage.objects.get()
    deep = factories.StandardPageFactory(parent=story_index.get_parent(), title="Privacy")
    draft = factories.StandardPageFactory(parent=home, title="Draft", live=False)
    factories.StandardPageFactory(parent=home, title="Unlisted campaign")
    ids = [draft.pk, deep.pk, story_index.pk, 10**6]
    found.footer_pages = [{"type": "page", "value": pk} for pk in ids]
    found.save()
    footer = get(client).partition("<footer")[2]
    assert "Privacy" in footer
    assert footer.count(">Stories<") == 1
    assert "Draft" not in footer
    assert "Unlisted campaign" not in footer
