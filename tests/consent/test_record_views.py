from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localdate
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, streamfield

from consent import changes
from consent.models import ConsentRecord, Shown
from mission.models import HomePage, StandardPage
from pictures.models import Picture
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.roles import (
    MAY_CHANGE,
    ROLES,
    client_of,
    form_values,
    text_of,
    user_with_role,
    was_refused,
)

MAY_EDIT_STORIES = set(ROLES)
MAY_EDIT_PICTURES = {"Editors", "Story stewards", "administrator"}


@pytest.fixture
def portrait(home: HomePage) -> Picture:
    """A picture of a person, on one public page."""
    photo = factories.picture("Marching")
    Picture.objects.filter(pk=photo.pk).update(consent=factories.consent(for_social=True))
    photo = Picture.objects.get(pk=photo.pk)
    factories.StandardPageFactory(parent=home, title="About us", lead_picture=photo)
    return photo


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["story", "portrait"])
def test_role_sees_and_narrows_what_it_may_edit(
    story: StoryPage, portrait: Picture, press: Callable, role: str, kind: str
) -> None:
    item = story if kind == "story" else portrait
    client = client_of(user_with_role(role))
    may = role in (MAY_EDIT_STORIES if kind == "story" else MAY_EDIT_PICTURES)
    screens = [
        reverse(f"consent:{name}", args=[item.consent_id])
        for name in ("inspect", "history", "narrow")
    ]
    for url in screens:
        response = client.get(url)
        assert response.status_code == 200 if may else was_refused(response), url
    listed = text_of(client.get(reverse("consent:index")))
    assert (item.title in listed) is may
    if may:
        response = press(client, "narrow", item.consent, {"for_social": None})
        assert "Saved. Removed from social media: 1 page." in text_of(response)
    else:
        values = {"seen": item.consent.digest, "since": 0, "expires_on": item.consent.expires_on}
        assert was_refused(client.post(screens[-1], values))
    assert ConsentRecord.objects.get(pk=item.consent_id).for_social is not may


@pytest.mark.parametrize("role", ROLES)
def test_editable_by_agrees_with_may_be_edited_by(
    story: StoryPage, portrait: Picture, role: str
) -> None:
    user = user_with_role(role)
    Picture.objects.filter(pk=factories.picture("Own").pk).update(uploaded_by_user=user)
    for model in (StoryPage, Picture):
        asked = {item for item in model.objects.all() if item.may_be_edited_by(user)}
        assert set(model.editable_by(user)) == asked


@pytest.mark.parametrize("role", ROLES)
def test_only_roles_that_may_change_consent_widen_it(
    story: StoryPage, press: Callable, role: str
) -> None:
    record = story.consent
    client = client_of(user_with_role(role))
    # The form to narrow consent ignores scopes that it does not show, and rejects a later end.
    later = record.expires_on + timedelta(days=1)
    response = press(client, "narrow", record, {"for_press": "on", "expires_on": str(later)})
    assert "This is later than before." in text_of(response)
    press(client, "narrow", record, {"for_press": "on"})
    assert ConsentRecord.objects.get().digest == record.digest

    url = reverse("consent:edit", args=[record.pk])
    assert (url in text_of(client.get(reverse("consent:inspect", args=[record.pk])))) is (
        role in MAY_CHANGE
    )
    if role not in MAY_CHANGE:
        assert was_refused(client.get(url))
        assert was_refused(client.post(url, {"seen": record.digest, "since": 0, "for_press": "on"}))
        assert ConsentRecord.objects.get().digest == record.digest
        return
    response = press(client, "edit", record, {"for_press": "on", "expires_on": str(later)})
    assert "By the press: no → yes; expires on: " in text_of(response)
    saved = ConsentRecord.objects.get()
    assert (saved.for_press, saved.expires_on) == (True, later)


@pytest.mark.parametrize("role", sorted(MAY_CHANGE))
def test_only_administrators_approve_a_child(story: StoryPage, press: Callable, role: str) -> None:
    client = client_of(user_with_role(role))
    record = story.consent
    values = form_values(client, "edit", record)
    form = client.get(reverse("consent:edit", args=[record.pk])).context["form"]
    assert ("child_approved" in form.fields) is (role == "administrator")
    press(client, "edit", record, {"shown": "child", "child_approved": "on"})
    saved = ConsentRecord.objects.get()
    assert saved.shown == "child"
    assert bool(saved.child_approved_at) is (role == "administrator")
    assert saved.is_displayable(is_story=True) is (role == "administrator")
    assert values["seen"] == record.digest


SHOWN_AND_BASIS = [
    (shown, basis) for shown in ("", *Shown.values) for basis in ("form", "illustration")
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("before", SHOWN_AND_BASIS)
def test_only_administrators_exempt_a_child_from_approval(
    db: None, role: str, before: tuple[str, str]
) -> None:
    user = user_with_role(role)
    record = factories.consent(shown=before[0], basis=before[1])
    changed = set()
    for after in SHOWN_AND_BASIS:
        values = {"shown": after[0], "basis": after[1]}
        with suppress(PermissionDenied), transaction.atomic():
            changes.change(record.pk, values, seen=record.digest, user=user)
            changed.add(after)
            transaction.set_rollback(True)
    allowed = {before} | (set(SHOWN_AND_BASIS) if role in MAY_CHANGE else set())
    if role == "Story stewards" and before == ("child", "form"):
        allowed = {before}  # other values need no approval, so the steward may not set them
    if role == "Story stewards" and before == ("child", "illustration"):
        allowed = {before, ("child", "form")}  # “form” needs approval
    if role == "Story stewards" and before[0] != "child":
        allowed -= {("child", "illustration")}  # an illustration of a child needs no approval
    assert changed == allowed


def test_approval_of_child_is_kept_when_a_steward_renews(story: StoryPage, press: Callable) -> None:
    administrator = client_of(user_with_role("administrator"))
    press(administrator, "edit", story.consent, {"shown": "child", "child_approved": "on"})
    steward = client_of(user_with_role("Story stewards"))
    later = story.consent.expires_on + timedelta(days=30)
    press(steward, "edit", story.consent, {"expires_on": str(later)})
    saved = ConsentRecord.objects.get()
    assert (saved.expires_on, bool(saved.child_approved_at)) == (later, True)
    assert saved.is_displayable(is_story=True)


@pytest.mark.parametrize("role", ROLES)
def test_approval_of_child_can_be_removed_by_all_who_may_edit_the_story(
    story: StoryPage, press: Callable, role: str
) -> None:
    administrator = client_of(user_with_role("administrator"))
    press(administrator, "edit", story.consent, {"shown": "child", "child_approved": "on"})
    client = client_of(user_with_role(role))
    response = press(client, "narrow", story.consent, {"child_approved": None})
    assert "No longer shown: 1 page." in text_of(response)
    assert not StoryPage.objects.get().live
    assert "showing this child is approved: yes → no" in text_of(response).lower()


@pytest.mark.parametrize("role", ROLES)
def test_withdraw_button_requires_permission_to_withdraw(story: StoryPage, role: str) -> None:
    client = client_of(user_with_role(role))
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    screen = client.get(reverse("consent:inspect", args=[story.consent_id]))
    assert (url in text_of(screen)) is (role in MAY_CHANGE)
    assert was_refused(client.get(url)) is (role not in MAY_CHANGE)


@pytest.mark.parametrize("kind", ["story", "portrait"])
def test_narrowing_counts_scheduled_versions(
    story: StoryPage, portrait: Picture, press: Callable, kind: str
) -> None:
    item = story if kind == "story" else portrait
    page = story if kind == "story" else StandardPage.objects.get(title="About us")
    page.unpublish()
    page.go_live_at = timezone.now() + timedelta(days=3)
    page.save_revision().publish()
    client = client_of(user_with_role("Editors"))
    form = client.get(reverse("consent:narrow", args=[item.consent_id])).context["form"]
    for name in ("for_site", "expires_on"):
        assert "This affects 0 pages and 1 scheduled version." in form.fields[name].help_text
    assert "scheduled" not in form.fields["for_social"].help_text
    said = text_of(press(client, "narrow", item.consent, {"for_social": None}))
    assert "scheduled" not in said.partition("Saved.")[2].partition("</")[0]
    said = text_of(press(client, "narrow", item.consent, {"for_site": None}))
    assert "Removed from this site: 0 pages. 1 scheduled version will not go live." in said


def test_earlier_end_counts_scheduled_versions_that_go_live_after_it(
    story: StoryPage, press: Callable
) -> None:
    story.unpublish()
    story.go_live_at = timezone.now() + timedelta(days=5)
    story.save_revision().publish()
    client = client_of(user_with_role("Editors"))
    for days, refuses in ((30, False), (3, True)):
        ends = localdate() + timedelta(days=days)
        said = text_of(press(client, "narrow", story.consent, {"expires_on": f"{ends}"}))
        assert ("1 scheduled version will not go live." in said) is refuses


def test_narrowing_takes_story_down_at_once_and_logs_who(story: StoryPage, press: Callable) -> None:
    ana = user_with_role("Editors", first_name="Ana", last_name="Ruiz")
    client = client_of(ana)
    response = press(client, "narrow", story.consent, {"for_site": None, "may_be_named": None})
    said = text_of(response)
    assert "Saved. Removed from this site: 1 page. May be named: yes → no." in said
    assert not StoryPage.objects.get().live
    history = said.partition("<h2>History</h2>")[2]
    assert "Ana Ruiz" in history
    assert "On this site: yes → no; may be named: yes → no" in history


def test_narrow_form_says_what_clearing_each_field_does(story: StoryPage) -> None:
    client = client_of(user_with_role("Editors"))
    screen = text_of(client.get(reverse("consent:narrow", args=[story.consent_id])))
    for place in ("this site", "social media", "printouts and offline copies"):
        assert f"Clear this to remove it from {place} at once. This affects 1 page." in screen
    assert "Clear this to hide the name from now on. This affects 1 page." in screen
    assert "taken down, because" not in screen
    assert 'name="for_press"' not in screen
    assert "w-autosave#save" not in screen


@pytest.mark.parametrize("name", ["narrow", "edit"])
def test_forms_and_state_say_that_pages_naming_the_teller_are_taken_down(
    story: StoryPage, press: Callable, name: str
) -> None:
    story.teller, story.pull_quote = "Thaddeus", "I am Thaddeus."
    story.save()
    story.create_alias(update_slug="alias")
    copy = factories.StoryPageFactory(parent=story.get_parent(), consent=story.consent)
    assert not copy.names_teller
    client = client_of(user_with_role("Story stewards"))
    record_url = reverse("consent:inspect", args=[story.consent_id])
    assert "Cannot be shown" not in text_of(client.get(record_url))
    form = client.get(reverse(f"consent:{name}", args=[story.consent_id])).context["form"]
    stays = (
        "Clear this to hide the name from now on. This affects 1 page. " if name == "narrow" else ""
    )
    sentence = "If cleared, 2 pages are taken down, because their text contains the name."
    assert form.fields["may_be_named"].help_text == stays + sentence
    copy.unpublish()
    form = client.get(reverse(f"consent:{name}", args=[story.consent_id])).context["form"]
    assert form.fields["may_be_named"].help_text == sentence
    copy.save_revision().publish()

    response = press(client, name, story.consent, {"may_be_named": None})
    said = text_of(response)
    assert "Saved. 2 pages were taken down, because their text contains the name." in said
    assert "Cannot be shown: The page contains a name that may not be shown." in said
    assert StoryPage.objects.live().count() == 1
    listed = text_of(client.get(reverse("consent:index")))
    assert "Cannot be shown: The page contains a name that may not be shown." in listed


def test_narrowing_to_today_takes_story_down(story: StoryPage, press: Callable) -> None:
    client = client_of(user_with_role("Writers"))
    response = press(client, "narrow", story.consent, {"expires_on": str(localdate())})
    assert "No longer shown: 1 page." in text_of(response)
    assert not StoryPage.objects.get().live


def test_end_before_the_first_day_is_moved_to_the_first_day(
    story: StoryPage, press: Callable
) -> None:
    ConsentRecord.objects.update(given_on=localdate())
    client = client_of(user_with_role("Writers"))
    long_ago = localdate() - timedelta(days=400)
    press(client, "narrow", story.consent, {"expires_on": str(long_ago)})
    assert ConsentRecord.objects.get().expires_on == localdate()
    assert not StoryPage.objects.get().live


def test_renewal_requires_both_dates_and_prefills_neither(
    story_index: StoryIndexPage, press: Callable
) -> None:
    story = factories.StoryPageFactory(parent=story_index, live=False)
    record = ConsentRecord.objects.get(pk=story.consent_id)
    client = client_of(user_with_role("Story stewards"))
    assert not {"given_on", "expires_on"} & form_values(client, "edit", record).keys()
    agreed = {"shown": "recognizable", "basis": "form", "form_reference": "F-17"}
    response = press(client, "edit", record, agreed)
    form = response.context["form"]
    assert form.errors["given_on"] == ["Write the day on which the person agreed."]
    assert form.errors["expires_on"] == ["Write the day on which consent ends."]
    assert form["form_reference"].value() == "F-17"
    in_two_years = localdate() + timedelta(days=730)
    assert f"Two years from today is {date_format(in_two_years)}" in text_of(response)
    dates = {"given_on": str(localdate()), "expires_on": str(in_two_years)}
    press(client, "edit", record, agreed | dates)
    assert ConsentRecord.objects.get(pk=record.pk).expires_on == in_two_years


def test_screen_hides_titles_that_the_user_may_not_see(home: HomePage, portrait: Picture) -> None:
    embargoed = factories.StandardPageFactory(
        parent=home, title="Zanzibar", lead_picture=portrait, live=False
    )
    url = reverse("consent:inspect", args=[portrait.consent_id])
    steward = client_of(user_with_role("Story stewards"))
    screen = text_of(steward.get(url))
    assert "Zanzibar" not in screen
    assert "1 other place that you may not open" in screen
    assert "About us" in screen  # a public page, so the steward may read its title
    editor = text_of(client_of(user_with_role("Editors")).get(url))
    assert reverse("wagtailadmin_pages:edit", args=[embargoed.pk]) in editor
    assert "that you may not open" not in editor


def test_screen_lists_aliases_and_uses(story: StoryPage, portrait: Picture, home: HomePage) -> None:
    alias = story.create_alias(update_slug="alias")
    client = client_of(user_with_role("administrator"))
    screen = text_of(client.get(reverse("consent:inspect", args=[story.consent_id])))
    for page in (story, alias):
        assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in screen
    assert "alias" in screen
    about = StandardPage.objects.get(title="About us")
    screen = text_of(client.get(reverse("consent:inspect", args=[portrait.consent_id])))
    assert reverse("wagtailadmin_pages:edit", args=[about.pk]) in screen


@pytest.mark.parametrize("kind", ["story", "portrait"])
def test_edit_form_shows_consent_and_has_no_field_for_it(
    story: StoryPage, portrait: Picture, kind: str
) -> None:
    item: Any = story if kind == "story" else portrait
    name = "wagtailadmin_pages:edit" if kind == "story" else "wagtailimages:edit"
    client = client_of(user_with_role("Editors"))
    screen = text_of(client.get(reverse(name, args=[item.pk])))
    assert reverse("consent:inspect", args=[item.consent_id]) in screen
    assert "Someone who can be recognized" in screen
    assert "A signed form F-17" in screen
    for field in ConsentRecord._meta.concrete_fields:
        assert f'name="{field.name}"' not in screen.replace('name="id"', "")


def test_refused_publish_says_what_is_missing_and_keeps_input(story_index: StoryIndexPage) -> None:
    empty = ConsentRecord.objects.create()
    page = factories.StoryPageFactory(parent=story_index, live=False, consent=empty)
    client = client_of(user_with_role("administrator"))
    data = {
        "title": page.title,
        "slug": page.slug,
        "summary": "",
        "pull_quote": "Words that must not be lost",
        "body": streamfield([]),
        "corrections": streamfield([]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
        "action-publish": "1",
    }
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    response = client.post(url, nested_form_data(data))
    said = text_of(response)
    assert "Consent is not complete: Say who is shown, even if it is no one." in said
    assert "Press “Consent” at the top of the page." in said
    assert "Words that must not be lost" in said
    assert not Page.objects.get(pk=page.pk).live


def test_picture_stays_shown_with_basis_that_only_pictures_may_have(
    portrait: Picture, press: Callable
) -> None:
    """A public event is a valid basis for pictures, but not for stories."""
    assert portrait.is_displayable()
    client = client_of(user_with_role("Story stewards"))
    typed = {"basis": "public-event", "form_reference": ""}
    said = text_of(press(client, "edit", portrait.consent, typed))
    assert "A signed form → A public event" in said
    assert "No longer shown" not in said
