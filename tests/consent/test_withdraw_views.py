import re
from copy import copy

import pytest
from django.contrib.auth.models import Group
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry
from wagtail.models import PageLogEntry, Revision

from consent import changes, withdrawal
from consent.models import ConsentRecord, Withdrawal
from mission.models import HomePage
from pictures.models import Picture
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.screens import rows, steward
from tests.editorial.test_publishing import PUBLISH, form_data


def press_erase(client: Client, url: str, title: str, **others: object) -> HttpResponse:
    """Post the form that `url` shows, with a typed title."""
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())
    data = {"typed": title, "seen": seen[1] if seen else ""} | others
    return client.post(url, data)


def test_withdraw_view_requires_title_and_erases_story(
    story_index: StoryIndexPage, home: HomePage, admin_client: Client
) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="“My  mum’s story”", slug="mine")
    edit = admin_client.get(reverse("wagtailadmin_pages:edit", args=[story.pk]))
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    assert url in edit.content.decode()
    assert "http://testserver/stories/mine/" in admin_client.get(url).content.decode()

    response = press_erase(admin_client, url, "Another")
    assert "The title does not match" in response.content.decode()
    assert StoryPage.objects.exists()

    response = press_erase(admin_client, url, "my mum's story")
    assert "It has been erased." in response.content.decode()
    assert "35 days" in response.content.decode()
    assert not StoryPage.objects.exists()


def test_picture_form_links_to_withdraw_view(admin_client: Client, db: None) -> None:
    photo = factories.picture()
    edit = admin_client.get(reverse("wagtailimages:edit", args=[photo.pk])).content.decode()
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    assert url in edit
    assert "It has been erased." in press_erase(admin_client, url, "A picture").content.decode()


@pytest.mark.parametrize(("group", "may"), [("Editors", False), ("Story stewards", True)])
def test_withdrawal_requires_publish_and_delete_permission(
    story_index: StoryIndexPage, client: Client, group: str, may: bool
) -> None:
    story = factories.StoryPageFactory(parent=story_index)
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[story.pk]))
    assert edit.status_code == 200
    assert (url in edit.content.decode()) is may
    assert (client.get(url).status_code == 200) is may
    press_erase(client, url, story.title)
    assert StoryPage.objects.exists() is not may


def test_withdrawal_of_draft_requires_publish_permission(
    story_index: StoryIndexPage, client: Client
) -> None:
    draft = factories.StoryPageFactory(parent=story_index, live=False)
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    assert draft.permissions_for_user(editor).can_delete()
    url = reverse("consent_withdraw", args=["stories.storypage", draft.pk])
    refused = client.post(url, {"typed": draft.title})
    assert (refused.status_code, refused.headers.get("Location")) == (302, "/admin/")
    assert StoryPage.objects.exists()


def test_withdraw_view_names_drafts_and_older_versions(
    home: HomePage, story_index: StoryIndexPage, admin_client: Client
) -> None:
    photo = factories.picture("The face")
    story = factories.StoryPageFactory(parent=story_index, title="Told", portrait=photo)
    for _version in range(3):
        story.save_revision()
    about = factories.StandardPageFactory(parent=home, title="About us")
    about.save_revision().publish()
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    html = admin_client.get(url).content.decode()
    assert "Told: English, 3 versions, public: http://testserver/" in rows(
        html, "This will be erased"
    )
    assert rows(html, "These files will be erased too") == "The face"

    about.lead_picture = photo
    about.save_revision()
    html = admin_client.get(url).content.decode()
    assert not rows(html, "These files will be erased too")
    kept = rows(html, "These files stay, because other pages use them")
    assert kept == "The face: About us. Withdraw it too: The face"
    picture_url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    html = admin_client.get(picture_url).content.decode()
    used = "About us: Lead picture, in a draft"
    assert used in rows(html, "These are kept, but show it or link to it")

    about.save_revision().publish()
    about.lead_picture = None
    about.save_revision().publish()
    html = admin_client.get(picture_url).content.decode()
    used = "About us: 2 older versions"
    assert used in rows(html, "These are kept, but show it or link to it")
    press_erase(admin_client, picture_url, "The face")
    assert about.revisions.count() == 1


def test_withdraw_view_names_no_page_that_the_user_may_not_open(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    photo = factories.picture("The face")
    story = factories.StoryPageFactory(
        parent=story_index, title="Under my own sky", portrait=photo, pull_quote="We never gave up"
    )
    for title in ("Embargoed until May", "We never gave up"):
        page = factories.StandardPageFactory(parent=home, title=title, live=False)
        page.lead_picture = photo
        page.save_revision()
    client.force_login(steward())
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    html = client.get(url).content.decode()
    assert "Embargoed until May" not in html
    assert "We never gave up" not in html
    assert "Ask an administrator to search all others." in html
    photo.consent = story.consent
    photo.save()
    client.force_login(factories.UserFactory(is_superuser=True))
    html = client.get(url).content.decode()
    assert "Embargoed until May" in rows(html, "These are kept, but show it or link to it")
    assert "We never gave up" in rows(html, "These are kept, but contain its words")


def test_withdrawal_takes_all_pages_and_pictures_of_the_record(
    home: HomePage, story_index: StoryIndexPage, admin_client: Client
) -> None:
    photo = factories.picture("The face")
    story = factories.StoryPageFactory(parent=story_index, title="Told")
    story.copy(update_attrs={"slug": "again", "title": "Told again"})
    photo.consent = story.consent
    photo.save()
    factories.StandardPageFactory(parent=home, title="About us", lead_picture=photo)
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    html = admin_client.get(url).content.decode()
    erased = rows(html, "This will be erased")
    assert "Told: " in erased
    assert "Told again: " in erased
    assert rows(html, "These files will be erased too") == "The face"
    press_erase(admin_client, url, "The face")
    assert not StoryPage.objects.exists()
    assert not Picture.objects.exists()


def test_withdrawal_offers_copies_of_a_picture(home: HomePage, admin_client: Client) -> None:
    pictures = [factories.picture("The face", consent=factories.consent()) for _upload in range(3)]
    factories.StandardPageFactory(parent=home, title="About us", lead_picture=pictures[1])
    url = reverse("consent_withdraw", args=["pictures.picture", pictures[0].pk])
    html = admin_client.get(url).content.decode()
    assert "These pictures look the same. Withdraw them too?" in html
    assert "The face: About us (Lead picture)" in html
    assert f'href="{reverse("wagtailimages:edit", args=[pictures[1].pk])}"' in html
    result = press_erase(admin_client, url, "The face", also=[pictures[1].pk])
    assert "About us: Lead picture" in rows(
        result.content.decode(), "Please edit these now. They showed it or linked to it."
    )
    assert list(Picture.objects.all()) == [pictures[2]]


def test_withdrawal_asks_about_other_stories_by_the_same_teller(
    story_index: StoryIndexPage, admin_client: Client
) -> None:
    story, other = (
        factories.StoryPageFactory(parent=story_index, title=title, teller=teller)
        for title, teller in (("Told", "Rosa"), ("Told too", "rosa"))
    )
    factories.StoryPageFactory(parent=story_index, title="Nobody’s")
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    html = admin_client.get(url).content.decode()
    asked = rows(html, "Are these about the same person?")
    assert asked == "Told too. Withdraw it too: Told too"
    assert reverse("consent_withdraw", args=["stories.storypage", other.pk]) in html
    press_erase(admin_client, url, "Told")
    assert other in StoryPage.objects.all()


def test_withdrawal_asks_about_pictures_of_the_same_sitting(
    story_index: StoryIndexPage, admin_client: Client
) -> None:
    sitting = factories.consent()
    portrait, other = factories.picture("Portrait"), factories.picture("Hands")
    for photo in (portrait, other):
        photo.consent = sitting
        photo.save()
    story = factories.StoryPageFactory(parent=story_index, title="Told", portrait=portrait)
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    html = admin_client.get(url).content.decode()
    assert rows(html, "Are these about the same person?") == "Hands. Withdraw it too: Hands"
    press_erase(admin_client, url, "Told")
    assert list(Picture.objects.all()) == [other]
    assert not Withdrawal.objects.filter(fingerprint=withdrawal.fingerprint(sitting)).exists()


def test_withdrawal_requires_permission_for_all_of_the_record(
    story_index: StoryIndexPage, client: Client
) -> None:
    photo = factories.picture("The face")
    story = factories.StoryPageFactory(parent=story_index, title="Told")
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    assert client.get(url).status_code == 200
    photo.consent = story.consent
    photo.save()
    assert client.get(url).status_code == 302
    assert press_erase(client, url, "The face").status_code == 302
    assert Picture.objects.exists()


def test_copy_is_withdrawn_only_with_permission_for_all_that_its_record_covers(
    story_index: StoryIndexPage, client: Client
) -> None:
    copied, portrait, free = (factories.picture("The face") for _upload in range(3))
    story = factories.StoryPageFactory(parent=story_index, title="Told", portrait=portrait)
    Picture.objects.filter(pk=portrait.pk).update(title="Portrait", consent=story.consent)
    portrait = Picture.objects.get(pk=portrait.pk)
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    assert portrait.may_be_withdrawn_by(editor)
    client.force_login(editor)
    url = reverse("consent_withdraw", args=["pictures.picture", copied.pk])
    html = client.get(url).content.decode()
    kept = rows(html, "You may not withdraw these copies. Ask an administrator.")
    assert kept.startswith("Portrait: ")
    assert "The face" not in kept
    press_erase(client, url, "The face", also=[portrait.pk])
    assert StoryPage.objects.get() == story
    assert Picture.objects.count() == 3
    press_erase(client, url, "The face", also=[free.pk])
    assert Picture.objects.get() == portrait


@pytest.mark.parametrize(("role", "may"), [("Writers", False), ("Editors", True)])
def test_withdrawal_erases_history_only_of_pages_that_the_user_may_publish(
    home: HomePage, client: Client, role: str, may: bool
) -> None:
    words = "The words of all our pages"
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name=role))
    about = factories.StandardPageFactory(parent=home, title="About us")
    for summary in (words, "Others"):
        about.summary = summary
        about.save_revision().publish()
    log(about, "wagtail.edit", data={"comment": f"I deleted “{words}”"})
    photo = factories.picture("Mine")
    Picture.objects.filter(pk=photo.pk).update(uploaded_by_user=user, description=words)
    client.force_login(user)
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    result = press_erase(client, url, "Mine").content.decode()
    assert not Picture.objects.exists()
    kept = rows(result, "Older versions of these pages contain the same words")
    assert kept == ("" if may else "About us")
    assert about.revisions.count() == (1 if may else 2)
    comments = [entry.data.get("comment") for entry in PageLogEntry.objects.filter(page=about)]
    assert any(comments) is not may


def test_withdrawal_keeps_the_history_of_other_consent(db: None) -> None:
    other = factories.consent()
    changes.change(other.pk, {"form_reference": "F-77"}, seen=other.digest, user=None)
    photo = factories.picture("Mine")
    # The same words are in the log entry of the other record, which is stored as JSON.
    photo.description = '{"changes": {"form_reference": '
    photo.save()
    withdrawal.withdraw(withdrawal.make_plan([photo.consent]))
    (entry,) = log_registry.get_logs_for_instance(other)
    assert entry.data["changes"]["form_reference"][1] == "F-77"


def test_withdrawal_asks_again_after_the_plan_has_changed(
    home: HomePage, admin_client: Client
) -> None:
    photo = factories.picture("The face")
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    seen = re.search(r'name="seen" value="(\w+)"', admin_client.get(url).content.decode())
    assert seen
    factories.StandardPageFactory(parent=home, title="About us", lead_picture=photo)
    response = admin_client.post(url, {"typed": "The face", "seen": seen[1]})
    html = response.content.decode()
    assert "Something was added or removed since you opened this page." in html
    assert "About us" in html
    # A second click on the button sends the form again, and the screen asks again.
    again = {field.name: field.value() or "" for field in response.context["form"]}
    admin_client.post(url, again)
    assert Picture.objects.exists()
    assert "It has been erased." in press_erase(admin_client, url, "The face").content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_second_withdrawal_shows_a_message(
    story_index: StoryIndexPage, admin_client: Client, method: str
) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="Told")
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    withdrawal.withdraw(withdrawal.make_plan([story.consent]))
    response = getattr(admin_client, method)(url, {"typed": "Told"}, follow=True)
    assert response.status_code == 200
    assert "It has already been withdrawn or deleted" in response.content.decode()


def test_withdrawal_of_a_stale_plan_is_refused(story_index: StoryIndexPage) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="Told")
    plan = withdrawal.make_plan([story.consent])
    withdrawal.withdraw(withdrawal.make_plan([story.consent]))
    with pytest.raises(withdrawal.AlreadyWithdrawn):
        withdrawal.withdraw(plan)


def test_save_after_withdrawal_restores_nothing(
    story_index: StoryIndexPage, admin_client: Client
) -> None:
    story, photo = factories.StoryPageFactory(parent=story_index), factories.picture()
    opened = StoryPage.objects.get(pk=story.pk)
    draft = opened.save_revision()
    for item in (story, photo):
        withdrawal.withdraw(withdrawal.make_plan([item.consent]))
    photo_again = copy(photo)
    photo_again.pk = 1
    saves = (
        opened.save,
        lambda: opened.save_revision(clean=False),  # as the page's form does
        draft.publish,
        photo_again.save,
    )
    for save in saves:
        with pytest.raises(Http404, match="withdrawn in the meantime"):
            save()
    assert not StoryPage.objects.exists()
    assert not Picture.objects.exists()
    assert not Revision.page_revisions.filter(object_id=str(story.pk)).exists()
    edit = reverse("wagtailadmin_pages:edit", args=[story.pk])
    for response in (admin_client.get(edit), admin_client.post(edit, {"title": "Mine"})):
        assert "somebody has since deleted, withdrawn or replaced it" in response.content.decode()
    autosave = admin_client.post(edit, {"title": "Mine"}, headers={"Accept": "application/json"})
    assert autosave.json() == {
        "success": False,
        # For this error code, Wagtail's editor shows the message and stops saving.
        "error_code": "invalid_revision",
        "error_message": "This was withdrawn or deleted. What you type now is not saved.",
    }


@pytest.mark.parametrize(
    ("moment", "button"),
    [
        ("clean", PUBLISH),
        ("save_revision", PUBLISH),
        ("save_revision", {"action-submit": "on"}),
        ("save_revision", {}),
    ],
)
def test_page_withdrawn_during_save_shows_a_message(
    story_index: StoryIndexPage,
    admin_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    button: dict,
) -> None:
    story = factories.StoryPageFactory(parent=story_index)
    usual = getattr(StoryPage, moment)

    def withdraw_first(page: StoryPage, *args: object, **kwargs: object) -> object:
        for record in ConsentRecord.objects.filter(pk=story.consent_id):
            withdrawal.withdraw(withdrawal.make_plan([record]))
        return usual(page, *args, **kwargs)

    monkeypatch.setattr(StoryPage, moment, withdraw_first)
    edit = reverse("wagtailadmin_pages:edit", args=[story.pk])
    response = admin_client.post(edit, form_data(story) | button)
    assert response.status_code == 404
    assert "somebody has since deleted, withdrawn or replaced it" in response.content.decode()
