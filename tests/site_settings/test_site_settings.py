import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from django.test import Client
from django.utils import timezone
from wagtail.models import Site

from mission.models import HomePage
from site_settings.choices import PageQuickExit
from site_settings.models import QuickExit, SiteSettings, SiteSettingsForm
from stories.models import StoryIndexPage
from tests import factories

STYLESHEET = re.compile(r"<style.*?</style>", re.DOTALL)

SOON = timedelta(minutes=5)


@pytest.fixture
def site_settings(home: HomePage) -> SiteSettings:
    return SiteSettings.for_site(Site.objects.get())


def get(client: Client, path: str = "/") -> str:
    """The HTML of a page without its stylesheet, which contains every class name."""
    response = client.get(path)
    assert response.status_code == (404 if path == "/not-here/" else 200), path
    return STYLESHEET.sub("", response.content.decode())


def raise_alert(site_settings: SiteSettings, **values: object) -> None:
    site_settings.alert_text, site_settings.alert_until = "Go slow & test.", timezone.now() + SOON
    for name, value in values.items():
        setattr(site_settings, name, value)
    site_settings.save()


def test_alert_is_above_header_of_each_page(site_settings: SiteSettings, client: Client) -> None:
    assert "alert" not in get(client)
    raise_alert(site_settings)
    for path in ("/", "/search/", "/not-here/"):
        above = get(client, path).partition("<header")[0]
        assert '<section class="alert theme-butter" aria-label="Alert">' in above
        assert "Go slow &amp; test." in above


def test_alert_ends_at_its_time(site_settings: SiteSettings, client: Client) -> None:
    raise_alert(site_settings, alert_until=timezone.now() - timedelta(seconds=1))
    assert "Go slow" not in get(client)


def test_alert_link_requires_public_page(site_settings: SiteSettings, client: Client) -> None:
    parent = factories.StandardPageFactory(parent=HomePage.objects.get(), title="Above")
    page = factories.StandardPageFactory(parent=parent, title="What to do now", slug="now")
    raise_alert(site_settings, alert_page=page)
    html = get(client)
    assert f'<a href="{page.url}">What to do now</a>' in html.partition("<header")[0]
    page.unpublish()
    html = get(client)
    assert "What to do now" not in html
    assert "Go slow" in html


def test_alert_requires_end(site_settings: SiteSettings) -> None:
    site_settings.alert_text = "Go slow."
    with pytest.raises(ValidationError) as refused:
        site_settings.full_clean()
    assert "Say when this alert ends" in refused.value.message_dict["alert_until"][0]


def test_alert_end_in_past_is_rejected_only_when_changed(
    site_settings: SiteSettings,
) -> None:
    site_settings.alert_text, site_settings.alert_until = "Go slow.", timezone.now() - SOON
    with pytest.raises(ValidationError) as refused:
        site_settings.full_clean()
    assert "has passed" in refused.value.message_dict["alert_until"][0]
    site_settings.save()  # save() does not check that the end is in the future
    site_settings.tagline = "Another tagline"
    site_settings.full_clean()


def in_spanish(words: str) -> list[dict]:
    return [{"type": "words", "value": {"language": "es", "alert_text": words}}]


def saved_alert(site_settings: SiteSettings) -> tuple[str, bool, str]:
    """Save the settings. Return the alert, whether an end is set, and the Spanish alert."""
    site_settings.full_clean()
    site_settings.save()
    stored = SiteSettings.objects.get(pk=site_settings.pk)
    spanish = stored.other_languages[0].value["alert_text"] if stored.other_languages else ""
    return stored.alert_text, bool(stored.alert_until), spanish


def test_emptied_alert_keeps_nothing_for_the_next_one(site_settings: SiteSettings) -> None:
    raise_alert(site_settings, other_languages=in_spanish("Ve despacio."))
    site_settings.alert_text = ""
    assert saved_alert(site_settings) == ("", False, "")
    site_settings.alert_text = "The next one."
    with pytest.raises(ValidationError, match="Say when this alert ends"):
        site_settings.full_clean()


def test_new_translation_stays_while_the_alert_is_empty(site_settings: SiteSettings) -> None:
    raise_alert(site_settings, other_languages=in_spanish("Ve despacio."))
    site_settings.alert_text = ""
    site_settings.alert_until = timezone.now() + 2 * SOON
    site_settings.other_languages = in_spanish("La próxima.")
    assert saved_alert(site_settings) == ("", True, "La próxima.")


@pytest.mark.parametrize(
    ("ended", "words", "spanish", "is_refused"),
    [
        (True, "Another alert.", "Ve despacio.", True),
        (True, "Another alert.", "Otra alerta.", False),
        (True, "Another alert.", "", False),
        (True, "Go slow & test.", "Ve despacio.", False),  # the same alert, with a later end
        (False, "Go slow and test.", "Ve despacio.", False),  # a correction
    ],
)
def test_new_alert_does_not_have_the_translation_of_the_former_one(
    site_settings: SiteSettings, ended: bool, words: str, spanish: str, is_refused: bool
) -> None:
    until = timezone.now() + (-SOON if ended else SOON)
    raise_alert(site_settings, alert_until=until, other_languages=in_spanish("Ve despacio."))
    site_settings = SiteSettings.objects.get(pk=site_settings.pk)
    site_settings.alert_text, site_settings.alert_until = words, timezone.now() + 2 * SOON
    site_settings.other_languages = in_spanish(spanish)
    if is_refused:
        with pytest.raises(ValidationError) as refused:
            site_settings.full_clean()
        assert list(refused.value.message_dict) == ["other_languages"]
    else:
        assert saved_alert(site_settings) == (words, True, spanish)


def test_unreadable_end_of_alert_is_reported_once(site_settings: SiteSettings) -> None:
    fields = ["alert_text", "alert_until"]
    form_class = modelform_factory(SiteSettings, form=SiteSettingsForm, fields=fields)
    form = form_class({"alert_text": "Go slow.", "alert_until": "tonight"}, instance=site_settings)
    assert len(form.errors["alert_until"]) == 1
    assert "“tonight” is not a date and time" in form.errors["alert_until"][0]


def test_quick_exit_link_follows_site_setting(
    site_settings: SiteSettings, story_index: StoryIndexPage, client: Client
) -> None:
    link = (
        '<a class="button button-line quick-exit" href="https://www.weather.gov/"'
        ' rel="nofollow noreferrer">Quick exit</a>'
    )
    factories.StoryPageFactory(parent=story_index, slug="told")
    factories.UrgentHelpPageFactory(parent=HomePage.objects.get(), slug="urgent")
    story_and_help_paths = ["/stories/", "/stories/told/", "/urgent/"]
    for choice, paths in {
        QuickExit.EVERYWHERE: ["/", "/search/", "/not-here/", *story_and_help_paths],
        QuickExit.STORIES_AND_HELP: story_and_help_paths,
        QuickExit.NOWHERE: [],
    }.items():
        site_settings.quick_exit = choice
        site_settings.save()
        for path in ("/", "/search/", "/not-here/", *story_and_help_paths):
            assert (link in get(client, path)) == (path in paths), (choice, path)


def test_quick_exit_setting_of_page_overrides_site(
    site_settings: SiteSettings, client: Client
) -> None:
    home = HomePage.objects.get()
    for value in PageQuickExit.values:
        factories.StandardPageFactory(parent=home, slug=value or "as-site", quick_exit=value)
    for choice in (QuickExit.EVERYWHERE, QuickExit.NOWHERE):
        site_settings.quick_exit = choice
        site_settings.save()
        shown = {path: "quick-exit" in get(client, path) for path in ("/shown/", "/hidden/")}
        assert shown == {"/shown/": True, "/hidden/": False}
        assert ("quick-exit" in get(client, "/as-site/")) == (choice == QuickExit.EVERYWHERE)


def test_quick_exit_is_explained_on_linked_page(
    site_settings: SiteSettings, client: Client
) -> None:
    assert '<a href="/quick-exit/">About the quick exit</a>' in get(client)
    explained = get(client, "/quick-exit/")
    assert "It does not clear your browser history." in explained
    assert "It does not hide this site from the network." in explained
    site_settings.quick_exit = QuickExit.NOWHERE
    site_settings.save()
    assert "quick-exit" not in get(client)


def test_footer_contains_menu_and_chosen_pages(
    site_settings: SiteSettings, story_index: StoryIndexPage, client: Client
) -> None:
    home = HomePage.objects.get()
    privacy = factories.StandardPageFactory(parent=story_index.get_parent(), title="Privacy")
    draft = factories.StandardPageFactory(parent=home, title="Draft", live=False)
    factories.StandardPageFactory(parent=home, title="Unlisted campaign")
    ids = [draft.pk, privacy.pk, story_index.pk, 10**6]
    site_settings.footer_pages = [{"type": "page", "value": pk} for pk in ids]
    site_settings.save()
    footer = get(client).partition("<footer")[2]
    assert "Privacy" in footer
    assert footer.count(">Stories<") == 1
    assert "Draft" not in footer
    assert "Unlisted campaign" not in footer
