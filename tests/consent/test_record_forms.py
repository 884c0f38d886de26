from collections.abc import Callable
from datetime import timedelta

import pytest
from django import forms
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.timezone import localdate
from wagtail.users.models import UserProfile

from consent import changes
from consent.models import ConsentRecord
from mission.models import HomePage
from news.models import NewsIndexPage
from pictures.models import Picture
from site_settings.dates.fields import DateField
from stories.models import StoryPage
from tests import factories
from tests.consent.roles import MAY_CHANGE, ROLES, client_of, text_of, user_with_role


@pytest.mark.parametrize("typed", ["f-21", "F 21", " f  21 "])
def test_form_reference_is_stored_in_capitals_with_hyphens(
    story: StoryPage, press: Callable, typed: str
) -> None:
    client = client_of(user_with_role("Story stewards"))
    press(client, "edit", story.consent, {"form_reference": typed})
    assert ConsentRecord.objects.get().form_reference == "F-21"


def test_steward_field_offers_users_who_may_change_consent(story: StoryPage) -> None:
    users = {role: user_with_role(role) for role in ROLES}
    form = (
        client_of(users["Story stewards"])
        .get(reverse("consent:edit", args=[story.consent_id]))
        .context["form"]
    )
    offered = set(form.fields["steward"].queryset)
    assert offered == {users[role] for role in MAY_CHANGE} | {story.consent.steward}


def test_history_lists_fields_in_the_order_of_the_form(story: StoryPage, press: Callable) -> None:
    client = client_of(user_with_role("Story stewards"))
    narrower = {"basis": "staff", "for_social": None, "for_print": None, "may_be_named": None}
    press(client, "edit", story.consent, narrower)
    history = text_of(client.get(reverse("consent:inspect", args=[story.consent_id])))
    assert (
        "Basis: A signed form → A staff member; on social media: yes → no; in print: yes → no; "
        "may be named: yes → no"
    ) in history.partition("<h2>History</h2>")[2]


@pytest.mark.parametrize("name", ["narrow", "edit"])
@pytest.mark.parametrize("typed", ["after summer", "2027-02-30", "05/30/20271"])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "“{}” is not a date. Write it as 06/30/2027 (the month first), 2027-06-30 or "
            "June 30, 2027.",
        ),
        (
            "es",
            "“{}” no es una fecha. Escríbela como 30 de junio de 2027 o 2027-06-30.",
        ),
    ],
)
def test_day_that_does_not_exist_shows_field_error(
    story: StoryPage, press: Callable, name: str, typed: str, language: str, sentence: str
) -> None:
    user = user_with_role("Story stewards")
    UserProfile.objects.create(user=user, preferred_language=language)
    client = client_of(user)
    response = press(client, name, story.consent, {"expires_on": typed})
    assert response.context["form"].errors["expires_on"] == [sentence.format(typed)]
    press(client, name, story.consent, {"expires_on": str(localdate())})
    assert ConsentRecord.objects.get().expires_on == localdate()


@pytest.mark.parametrize("name", ["narrow", "edit"])
def test_date_fields_do_not_use_date_picker_of_wagtail(story: StoryPage, name: str) -> None:
    """Wagtail's date picker would replace a date typed in another format with today."""
    client = client_of(user_with_role("Story stewards"))
    form = client.get(reverse(f"consent:{name}", args=[story.consent_id])).context["form"]
    days = [field for field in form if isinstance(field.field, forms.DateField)]
    assert days
    for field in days:
        assert isinstance(field.field, DateField)
        assert f'value="{field.initial}"' in str(field)


def test_form_reference_that_may_be_a_name_shows_field_error(
    story: StoryPage, press: Callable
) -> None:
    client = client_of(user_with_role("Story stewards"))
    response = press(client, "edit", story.consent, {"form_reference": "Maria Lopez"})
    assert "Never a name" in str(response.context["form"].errors["form_reference"])
    assert "Maria Lopez" in text_of(response)


@pytest.mark.parametrize("name", ["given_on", "expires_on"])
@pytest.mark.parametrize("day", ["1899-12-31", "3000-01-01"])
def test_day_that_the_database_rejects_shows_field_error(
    story: StoryPage, press: Callable, name: str, day: str
) -> None:
    client = client_of(user_with_role("Story stewards"))
    form = press(client, "edit", story.consent, {name: day}).context["form"]
    assert "Write a day from 1900 to 2999." in form.errors[name]


def test_press_scope_counts_press_releases_only(
    news_index: NewsIndexPage, home: HomePage, press: Callable
) -> None:
    photo = factories.picture("Marching")
    Picture.objects.filter(pk=photo.pk).update(consent=factories.consent(for_press=True))
    photo.refresh_from_db()
    factories.StandardPageFactory(parent=home, slug="about", lead_picture=photo)
    client = client_of(user_with_role("Editors"))
    url = reverse("consent:narrow", args=[photo.consent_id])
    assert "remove it from press releases at once. This affects 0 pages." in text_of(
        client.get(url)
    )
    body = [{"type": "figure", "value": {"picture": {"image": photo.pk, "decorative": True}}}]
    for kind in ("press-release", "statement"):
        factories.NewsPageFactory(parent=news_index, kind=kind, body=body)
    screen = text_of(client.get(url))
    assert "remove it from press releases at once. This affects 1 page." in screen
    assert "remove it from this site at once. This affects 3 pages." in screen
    response = press(client, "narrow", photo.consent, {"for_press": None})
    assert "Removed from press releases: 1 page." in text_of(response)


@pytest.mark.parametrize("basis", ["", "form"])
def test_record_that_does_not_say_who_is_shown_allows_no_use(story: StoryPage, basis: str) -> None:
    ConsentRecord.objects.update(shown="", basis=basis)
    client = client_of(user_with_role("Editors"))
    screen = text_of(client.get(reverse("consent:inspect", args=[story.consent_id])))
    assert "nowhere yet" in screen


def test_incomplete_record_cannot_be_renewed_by_users_who_may_only_narrow(story: StoryPage) -> None:
    ConsentRecord.objects.update(form_reference="")
    record = ConsentRecord.objects.get(pk=story.consent_id)
    later = record.expires_on + timedelta(days=1)
    with pytest.raises(PermissionDenied, match="widen or renew"):
        changes.change(
            record.pk,
            {"expires_on": later},
            seen=record.digest,
            user=user_with_role("Writers"),
        )
