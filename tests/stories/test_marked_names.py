"""The field “name changed” applies to the current name of a page, not to its earlier names."""

import pytest
from django.test import Client

from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.stories.test_earlier_names import save

SUMMARY = "I told Rosalinda Diaz."
REAL = "Rosalinda Diaz"


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """The draft of a story whose teller may not be named."""
    consent = factories.consent(may_be_named=False)
    story = factories.StoryPageFactory(
        parent=story_index, slug="a-story", consent=consent, summary="", live=False
    )
    story.save_revision()
    return story


def is_public(client: Client, story: StoryPage) -> bool:
    return client.get(StoryPage.objects.get(pk=story.pk).url).status_code == 200


MARKED_BEFORE = {
    "in the same field": [{"teller": REAL}, {"teller": REAL, "name_changed": "on"}],
    "before another real name": [
        {"teller": REAL},
        {"teller": REAL, "name_changed": "on"},
        {"teller": "Zed"},
    ],
    "twice": [
        {"teller": REAL, "name_changed": "on"},
        {"teller": REAL},
        {"teller": REAL, "name_changed": "on"},
    ],
}


@pytest.mark.parametrize("drafts", MARKED_BEFORE.values(), ids=MARKED_BEFORE)
@pytest.mark.parametrize("marked", [{}, {"name_changed": "on"}], ids=["real", "changed"])
def test_real_name_that_an_earlier_version_marks_as_changed_stays_real(
    story: StoryPage, admin_client: Client, client: Client, drafts: list[dict], marked: dict
) -> None:
    for draft in drafts:
        save(admin_client, story, summary=SUMMARY, publish=False, **draft)
    response = save(admin_client, story, summary=SUMMARY, teller="Zed", **marked)
    assert list(response.context["form"].errors) == ["summary"]
    assert not is_public(client, story)


def test_name_that_was_only_marked_as_changed_is_not_real(
    story: StoryPage, admin_client: Client, client: Client
) -> None:
    save(admin_client, story, teller=REAL, name_changed="on", publish=False)
    save(admin_client, story, summary=SUMMARY, teller="Zed", name_changed="on")
    assert is_public(client, story)


def test_changed_name_may_begin_with_the_last_name_of_a_draft(
    story: StoryPage, admin_client: Client, client: Client
) -> None:
    save(admin_client, story, teller="Amy Cho", publish=False)
    save(admin_client, story, summary="I told Cho.", teller="Cho Park", name_changed="on")
    assert is_public(client, story)


def test_name_changed_applies_only_to_its_own_page(story: StoryPage, client: Client) -> None:
    """Copies and translations share the consent record, but each has its own `teller`."""
    story.teller = REAL
    story.save_revision()
    copy = story.copy(update_attrs={"slug": "copy", "title": "Copy"}, copy_revisions=False)
    for page, teller in ((story, REAL), (copy, "Zed")):
        StoryPage.objects.filter(pk=page.pk).update(teller=teller)
    StoryPage.objects.update(name_changed=True, live=True, summary=SUMMARY)
    pages = [StoryPage.objects.get(pk=page.pk) for page in (story, copy)]
    assert [list(page.hidden_names()) for page in pages] == [[], [REAL]]
    StoryPage.recompute()
    assert is_public(client, story)
    assert not is_public(client, copy)


def test_name_published_by_one_page_hides_the_others_that_mark_it_as_changed(
    story: StoryPage, admin_client: Client, client: Client
) -> None:
    copy = story.copy(update_attrs={"slug": "copy", "title": "Copy"}, copy_revisions=False)
    marked = {"slug": "copy", "teller": REAL, "name_changed": "on"}
    save(admin_client, copy, summary=SUMMARY, **marked)
    assert is_public(client, copy)
    save(admin_client, story, teller=REAL)
    assert is_public(client, story)
    assert not is_public(client, copy)


JSON = {"Accept": "application/json"}
AUTOSAVED = {
    "another name": ["Rosalinda Diaz", "Zed"],
    "typing": ["Ro", "Rosalinda", "Rosalinda Diaz", "Zed"],
    "deleting": ["Rosalinda Diaz", "Rosalinda", "", "Z", "Zed"],
    "marked first": [("Rosalinda Diaz", "on"), "Rosalinda Diaz", ("Rosalinda Diaz", "on"), "Zed"],
}


@pytest.mark.parametrize("typed", AUTOSAVED.values(), ids=AUTOSAVED)
def test_autosave_keeps_the_versions_with_other_real_names(
    story: StoryPage, admin_client: Client, client: Client, typed: list[str | tuple[str, str]]
) -> None:
    before, values = story.revisions.count(), {}
    for one in typed:
        teller, mark = (one, "") if isinstance(one, str) else one
        values |= {"teller": teller, "name_changed": mark, "summary": SUMMARY}
        saved = save(admin_client, story, publish=False, headers=JSON, **values).json()
        # The script of the CMS sends this ID with the next autosave.
        values["overwrite_revision_id"] = saved["revision_id"]
    assert story.revisions.count() - before <= 3
    values |= {"name_changed": "on"}
    response = save(admin_client, story, **values)
    assert list(response.context["form"].errors) == ["summary"]
    assert not is_public(client, story)


def test_autosave_keeps_a_short_name_when_a_longer_one_begins_like_it(
    story: StoryPage, admin_client: Client, client: Client
) -> None:
    values = {"teller": "Jo", "summary": "I told Jo that."}
    for changed in ({}, {"teller": "Jordan"}, {"name_changed": "on"}):
        values |= changed
        saved = save(admin_client, story, publish=False, headers=JSON, **values).json()
        values["overwrite_revision_id"] = saved["revision_id"]
    response = save(admin_client, story, **values)
    assert list(response.context["form"].errors) == ["summary"]
    assert not is_public(client, story)


def test_autosave_overwrites_versions_without_real_names(
    story: StoryPage, admin_client: Client
) -> None:
    before, values = story.revisions.count(), {"teller": "Zed", "name_changed": "on"}
    for summary in ("", "I", "I told"):
        saved = save(admin_client, story, publish=False, headers=JSON, summary=summary, **values)
        values["overwrite_revision_id"] = saved.json()["revision_id"]
    assert story.revisions.count() == before + 1
