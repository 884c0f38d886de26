"""Autosave overwrites the latest version of a page only if no words or blocks are lost."""

import pytest
from wagtail.models import PageLogEntry

from editorial.models import BasePage
from mission.models import StandardPage
from staff.models import User
from tests import factories

TEXT = "One two three four five six seven eight nine ten"
TEXT_BLOCK = {"type": "text", "id": "a", "value": f'<p data-block-key="x">{TEXT}.</p>'}
CLAIM = {"type": "claim", "id": "b", "value": {"statement": "It is so.", "source": "A report"}}
ANSWERS = [
    {"type": "item", "id": letter, "value": {"question": "Why?", "answer": f"<p>{letter}</p>"}}
    for letter in "cde"
]
LIST = {"type": "accordion", "id": "f", "value": {"heading": "H", "answers": ANSWERS}}

# Saved states, and the indices of those that must remain as versions after the autosaves.
EDITS = {
    "words are added": ([{"summary": "One"}, {"summary": "One two"}], [1]),
    "a word is typed on": ([{"summary": "One tw"}, {"summary": "One two"}], [1]),
    "a few words are replaced": ([{"summary": TEXT}, {"summary": TEXT.replace("One", "1")}], [1]),
    "blocks are moved": ([{"body": [TEXT_BLOCK, CLAIM]}, {"body": [CLAIM, TEXT_BLOCK]}], [1]),
    "text becomes bold": (
        [
            {"body": [TEXT_BLOCK]},
            {"body": [TEXT_BLOCK | {"value": f'<p data-block-key="y"><b>{TEXT}</b>.</p>'}]},
        ],
        [1],
    ),
    "a word is deleted": ([{"summary": TEXT}, {"summary": TEXT.removesuffix(" ten")}], [0, 1]),
    "a text is replaced": ([{"summary": TEXT}, {"summary": " ".join("abcdefghijk")}], [0, 1]),
    "a block is deleted": ([{"body": [TEXT_BLOCK, CLAIM]}, {"body": [TEXT_BLOCK]}], [0, 1]),
    "a block is deleted and words typed": (
        [{"body": [CLAIM], "summary": ""}, {"body": [], "summary": TEXT}],
        [0, 1],
    ),
    "an answer in a list is deleted": (
        [
            {"body": [LIST]},
            {"body": [LIST | {"value": {"heading": "H", "answers": ANSWERS[1:]}}]},
        ],
        [0, 1],
    ),
    "a text is deleted word by word": (
        [{"summary": " ".join(TEXT.split()[:end])} for end in range(10, 0, -1)],
        [0, 9],
    ),
    "words are deleted twice": (
        [{"summary": words} for words in (TEXT, "One two", "One two a b c d e f", "One two")],
        [0, 2, 3],
    ),
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_autosave_keeps_versions_with_words_that_are_removed(
    home: BasePage, admin_user: User, edits: tuple
) -> None:
    states, kept = edits
    page = factories.StandardPageFactory(parent=home)
    revision = None
    for state in states:
        page = StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()
        for name, value in state.items():
            setattr(page, name, value)
        revision = page.save_revision(user=admin_user, overwrite_revision=revision, clean=False)
    versions = [each.as_object() for each in page.revisions.order_by("created_at", "pk")]
    assert len(versions) == len(kept)
    for version, index in zip(versions, kept, strict=True):
        for name, value in states[index].items():
            found = getattr(version, name)
            assert (found if name == "summary" else found.get_prep_value()) == value


def test_histories_have_one_entry_for_each_version(home: BasePage, admin_user: User) -> None:
    page = factories.StandardPageFactory(parent=home)
    revision = None
    for page.summary in ("One", "One two", "One two three", ""):
        revision = page.save_revision(admin_user, log_action=True, overwrite_revision=revision)
    entries = PageLogEntry.objects.filter(page=page, action="wagtail.edit")
    assert [entry.revision_id for entry in entries.order_by("pk")] == [
        each.pk for each in page.revisions.order_by("pk")
    ]
    assert len(entries) == 2
