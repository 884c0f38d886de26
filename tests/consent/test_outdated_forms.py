"""CMS forms of consent records that were opened before somebody else changed the record."""

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import localdate

from consent.models import ConsentRecord
from stories.models import StoryPage
from tests.consent.roles import client_of, form_values, sent_values, text_of, user_with_role


def test_outdated_form_shows_both_versions_and_widens_nothing(
    story: StoryPage, press: Callable
) -> None:
    ana = client_of(user_with_role("Editors", first_name="Ana", last_name="Ruiz"))
    steward = client_of(user_with_role("Story stewards"))
    record = story.consent
    opened = form_values(steward, "edit", record) | {"for_press": "on"}
    press(ana, "narrow", record, {"for_social": None})

    url = reverse("consent:edit", args=[record.pk])
    response = steward.post(url, opened)
    said = text_of(response)
    assert "Since you opened this form, Ana Ruiz changed it. On social media: yes → no." in said
    # The steward did not change this field.
    assert '<th scope="row">On social media</th>' not in said
    assert '<th scope="row">By the press</th><td>no</td><td>yes</td>' in said
    now = ConsentRecord.objects.get()
    assert (now.for_social, now.for_press) == (False, False)
    form = response.context["form"]
    assert form["for_press"].value()
    assert not form["for_social"].value()
    # A second click on “Save” sends the form without a confirmation, so the screen asks again.
    again = steward.post(url, sent_values(response))
    assert sent_values(again) == sent_values(response)
    assert "Ana Ruiz changed it." in text_of(again)
    assert ConsentRecord.objects.get().digest == now.digest
    # The steward has seen both versions and confirms. The scope that Ana removed stays removed.
    steward.post(url, sent_values(again) | {"over": now.digest})
    now = ConsentRecord.objects.get()
    assert (now.for_social, now.for_press) == (False, True)


def test_outdated_form_changes_only_fields_that_its_user_changed(
    story: StoryPage, press: Callable
) -> None:
    first, second = (client_of(user_with_role("Writers")) for _ in range(2))
    opened = form_values(first, "narrow", story.consent)
    sooner = localdate() + timedelta(days=100)
    press(second, "narrow", story.consent, {"expires_on": str(sooner)})
    del opened["for_print"]
    url = reverse("consent:narrow", args=[story.consent_id])
    response = first.post(url, opened)
    assert "Since you opened this form" in text_of(response)
    first.post(url, sent_values(response) | {"over": ConsentRecord.objects.get().digest})
    saved = ConsentRecord.objects.get()
    assert (saved.for_print, saved.expires_on) == (False, sooner)


def test_confirmation_covers_only_the_version_on_the_screen(
    story: StoryPage, press: Callable
) -> None:
    first, second = (client_of(user_with_role("Writers")) for _ in range(2))
    opened = form_values(first, "narrow", story.consent)
    del opened["for_print"]
    press(second, "narrow", story.consent, {"for_social": None})
    url = reverse("consent:narrow", args=[story.consent_id])
    response = first.post(url, opened)
    ticked = sent_values(response) | {"over": response.context["object"].digest}
    sooner = localdate() + timedelta(days=100)
    press(second, "narrow", story.consent, {"expires_on": str(sooner)})
    said = text_of(first.post(url, ticked))
    assert "On social media: yes → no. Since you opened this form" in said
    assert "Expires on: " in said
    assert ConsentRecord.objects.get().for_print


def test_outdated_form_detects_change_by_sql(story: StoryPage) -> None:
    client = client_of(user_with_role("administrator"))
    opened = form_values(client, "narrow", story.consent)
    ConsentRecord.objects.update(for_print=False)
    response = client.post(reverse("consent:narrow", args=[story.consent_id]), opened)
    assert "Since you opened this form, somebody changed it." in text_of(response)
    assert not ConsentRecord.objects.get().for_print
