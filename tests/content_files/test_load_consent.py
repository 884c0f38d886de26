"""Loading sets consent from content files, but never widens consent changed in the CMS."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks
from wagtail.documents import get_document_model
from wagtail.models import ModelLogEntry

from consent import changes, plans, withdrawal
from consent.mixins import HasConsent
from consent.models import Basis, ConsentRecord, Shown
from content_files import withdrawals
from content_files.models import SETTINGS_KEY, LoadedFile
from content_files.schema import CONSENT_FIELDS
from pictures.models import Picture
from pictures.renditions import Rendition
from staff.models import User
from stories.models import StoryPage
from tests import factories
from tests.content_files import content
from tests.content_files.test_load_content import load
from tests.databases import Content
from tests.pictures.test_duplicates import COPIES, scene

pytestmark = pytest.mark.django_db

# A story and a picture, with the files that set their consent.
FILES = {"stories/ana": "stories/ana.md", "pictures/rio.jpg": "pictures/facts.yaml"}
AGREED = {"for_social": True, "for_print": False}
NARROWER = {"for_social": False, "for_print": False}
WIDER = {"for_social": True, "for_print": True}
APPLIED = "consent changed as the file says."
KEPT = "consent changed in the files and in the CMS. The consent in the CMS was kept."


CONTENT = {
    "home.md": "---\nhero_statement: Hola\n---\n",
    "stories/ana.md": (
        "---\ntitle: La historia de Ana\nshown: no-one\nfor_social: true\n---\nHabía un río.\n"
    ),
    "es/home.md": "---\ntitle: Casa\n---\n",
    "es/stories.md": "---\ntitle: Voces\n---\n",
    "es/stories/ana.md": "---\ntitle: Ana, otra vez\n---\nÉrase un río.\n",
    "pictures/facts.yaml": content.FACTS.replace("no-one", "no-one\n  for_social: true"),
}


def write(root: Path) -> Path:
    """Write a minimal site whose story and picture may also be shown on social media."""
    for name, text in CONTENT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    content.write_pictures(root)
    return root


def make_loaded() -> None:
    with TemporaryDirectory() as folder:
        load(write(Path(folder)))


SOURCES = ("tests/content_files/content.py", "tests/content_files/test_load_consent.py")
CONTENTS = {"loaded": Content("loaded", make_loaded, SOURCES)}


@pytest.fixture
def loaded(db: None, tmp_path: Path) -> Path:
    """The folder that `write` fills. Its content is already in the database."""
    return write(tmp_path)


def change_file(root: Path, key: str, values: dict[str, bool]) -> None:
    file = root / FILES[key]
    indent = "  " if key.startswith("pictures/") else ""
    lines = f"\n{indent}".join(f"{name}: {str(value).lower()}" for name, value in values.items())
    text = file.read_text("utf-8")
    assert "for_social: true" in text
    file.write_text(text.replace("for_social: true", lines), "utf-8")


def item_of(key: str) -> HasConsent:
    if key.startswith("pictures/"):
        return Picture.objects.get(title="Rio")
    return StoryPage.objects.get(title="La historia de Ana")


def in_cms(record: ConsentRecord, values: dict[str, bool]) -> None:
    administrator = User.objects.create_superuser("administrator")
    changes.change(record.pk, values, seen=record.digest, user=administrator)


def by_shell(record: ConsentRecord, values: dict[str, bool]) -> None:
    ConsentRecord.objects.filter(pk=record.pk).update(**values)


def notes(report: str) -> list[str]:
    return [line for line in report.splitlines() if "consent changed" in line]


def consent_values(record: ConsentRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in CONSENT_FIELDS}


@pytest.mark.parametrize("key", FILES)
def test_load_sets_every_field(tmp_path: Path, key: str) -> None:
    given, ends = localdate(), localdate() + timedelta(days=100)
    write(tmp_path)
    values = {
        "shown": "recognizable",
        "basis": "form",
        "form_reference": "DPA-2026-17",
        "for_site": False,
        "for_social": True,
        "for_print": True,
        "for_press": True,
        "may_be_named": True,
        "given_on": given,
        "expires_on": ends,
    }
    assert values.keys() == set(CONSENT_FIELDS)
    lines = [f"{name}: {str(value).lower()}" for name, value in values.items()]
    lines[2] = "form_reference: DPA-2026-17"  # not in lower case
    if key.startswith("pictures/"):
        text = "rio.jpg:\n  alt: Un río\n  " + "\n  ".join(lines)
        text += '\ndibujo.svg: {alt: "", basis: illustration}\n'
    else:
        text = "---\ntitle: La historia de Ana\n" + "\n".join(lines) + "\n---\nHabía un río.\n"
    (tmp_path / FILES[key]).write_text(text, "utf-8")
    load(tmp_path)
    record = item_of(key).consent
    assert consent_values(record) == values
    assert (record.steward, record.child_approved_at) == (None, None)
    assert ModelLogEntry.objects.for_instance(record).get().user is None


@pytest.mark.parametrize("key", FILES)
@pytest.mark.parametrize(
    ("change", "in_the_cms", "in_the_file", "expected", "note"),
    [
        (None, {}, {}, AGREED, ""),
        (None, {}, NARROWER, NARROWER, APPLIED),
        (None, {}, WIDER, WIDER, APPLIED),
        (in_cms, NARROWER, {}, NARROWER, ""),
        (in_cms, NARROWER, NARROWER, NARROWER, ""),
        (in_cms, NARROWER, WIDER, NARROWER, KEPT),
        (by_shell, NARROWER, WIDER, NARROWER, KEPT),
        (in_cms, WIDER, {}, WIDER, ""),
        (in_cms, WIDER, NARROWER, WIDER, KEPT),
    ],
)
def test_update_keeps_consent_that_was_changed_in_the_cms(
    loaded: Path,
    key: str,
    change: Callable[[ConsentRecord, dict[str, bool]], None] | None,
    in_the_cms: dict[str, bool],
    in_the_file: dict[str, bool],
    expected: dict[str, bool],
    note: str,
) -> None:
    before = consent_values(item_of(key).consent)
    assert before.items() >= AGREED.items()
    if change:
        change(item_of(key).consent, in_the_cms)
    if in_the_file:
        change_file(loaded, key, in_the_file)
        assert "consent changed" not in load(loaded), "changed without --update"
    history = ModelLogEntry.objects.count()

    assert notes(load(loaded, update=True)) == ([f"{key}: {note}"] if note else [])
    record = item_of(key).consent
    assert consent_values(record) == {**before, **expected}
    new = ModelLogEntry.objects.order_by("pk")[history:]
    changed = {name: [before[name], value] for name, value in expected.items()}
    changed = {name: values for name, values in changed.items() if values[0] != values[1]}
    logged = [(str(record.pk), "consent.change", None, changed)] if note == APPLIED else []
    assert [
        (entry.object_id, entry.action, entry.user, entry.data["changes"]) for entry in new
    ] == logged

    again = notes(load(loaded, update=True))
    assert again == ([f"{key}: {note}"] if note == KEPT else [])
    assert consent_values(item_of(key).consent) == {**before, **expected}
    assert ModelLogEntry.objects.count() == history + len(logged)
    translation = StoryPage.objects.get(title="Ana, otra vez")
    assert translation.consent == item_of("stories/ana").consent


def test_update_of_translation_changes_no_consent(loaded: Path) -> None:
    in_cms(item_of("stories/ana").consent, NARROWER)
    file = loaded / "es/stories/ana.md"
    file.write_text(file.read_text("utf-8").replace("Érase", "Era"), "utf-8")
    assert "1 updated" in load(loaded, update=True)
    translation = StoryPage.objects.get(title="Ana, otra vez")
    assert "Era un río" in str(translation.body)
    assert consent_values(translation.consent).items() >= NARROWER.items()


def test_update_changes_consent_of_page_that_an_editor_changed(loaded: Path) -> None:
    story = StoryPage.objects.get(title="La historia de Ana")
    story.place = "By an editor"
    story.save_revision().publish()
    change_file(loaded, "stories/ana", NARROWER)
    assert "stories/ana: consent changed as the file says." in load(loaded, update=True)
    story.refresh_from_db()
    assert story.place == "By an editor"
    assert consent_values(story.consent).items() >= NARROWER.items()


@pytest.mark.parametrize("title", ["Rio", "Dibujo"])
def test_update_keeps_consent_that_another_picture_shares(loaded: Path, title: str) -> None:
    other = Picture.objects.get(title="Dibujo")
    other.consent = item_of("pictures/rio.jpg").consent
    other.save()
    facts = loaded / "pictures/facts.yaml"
    old, new = {
        "Rio": ("for_social: true", "for_social: true\n  for_print: true"),
        "Dibujo": ("basis: illustration", "basis: illustration, for_print: true"),
    }[title]
    assert old in facts.read_text("utf-8")
    facts.write_text(facts.read_text("utf-8").replace(old, new), "utf-8")
    assert "The consent in the CMS was kept." in load(loaded, update=True)
    assert not Picture.objects.filter(consent__for_print=True).exists()


@pytest.mark.parametrize("key", FILES)
def test_load_skips_content_withdrawn_in_the_cms(loaded: Path, key: str) -> None:
    record = item_of(key).consent
    withdrawal.withdraw(plans.make_plan([record]))
    change_file(loaded, key, WIDER)
    for update in (False, True):
        assert f"{key}: skipped because it was withdrawn" in load(loaded, update=update)
    assert not ConsentRecord.objects.filter(key=record.key).exists()
    assert not ConsentRecord.objects.filter(for_print=True).exists()
    assert not LoadedFile.objects.filter(key__contains=key).exists()


def test_withdrawal_affects_no_file_of_another_model_with_the_same_pk(loaded: Path) -> None:
    """A page, a picture and a document can have the same primary key."""
    LoadedFile.objects.create(key=SETTINGS_KEY, object_id=999)
    keys = dict(LoadedFile.objects.values_list("key", "object_id"))
    same_as_picture = get_document_model()(pk=keys["pictures/rio.jpg"])
    same_as_settings = StoryPage(pk=999)
    withdrawals.hash_withdrawn_keys(pages=[same_as_settings], files=[same_as_picture])
    assert dict(LoadedFile.objects.values_list("key", "object_id")) == keys


@pytest.mark.parametrize("key", FILES)
def test_update_takes_down_what_the_file_forbids(
    loaded: Path, key: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert StoryPage.objects.filter(live=True).count() == 2
    assert Rendition.objects.filter(image__title="Rio").exists()
    change_file(loaded, key, {"for_social": True, "for_site": False})
    with django_capture_on_commit_callbacks(execute=True):
        load(loaded, update=True)
    is_picture = key.startswith("pictures/")
    assert StoryPage.objects.filter(live=True).count() == (2 if is_picture else 0)
    assert Rendition.objects.filter(image__title="Rio").exists() is not is_picture


def test_update_with_new_picture_file_sets_its_consent(loaded: Path) -> None:
    before = item_of("pictures/rio.jpg").consent
    Image.new("RGB", (90, 60), "orange").save(loaded / "pictures/rio.jpg")
    load(loaded, update=True)
    record = item_of("pictures/rio.jpg").consent
    assert record.key != before.key
    assert consent_values(record) == consent_values(before)
    assert Picture.objects.get(title="Rio").sizes
    assert "0 new, 0 updated" in load(loaded, update=True)


def test_update_keeps_picture_file_if_consent_was_changed_in_the_cms(loaded: Path) -> None:
    in_cms(item_of("pictures/rio.jpg").consent, WIDER)
    Image.new("RGB", (90, 60), "orange").save(loaded / "pictures/rio.jpg")
    report = load(loaded, update=True)
    assert "pictures/rio.jpg: changed in the files and by an editor." in report
    assert Picture.objects.get(title="Rio").width == 60


def test_child_is_shown_only_after_approval_in_the_cms(loaded: Path) -> None:
    file = loaded / "stories/ana.md"
    dates = f"given_on: {localdate()}\nexpires_on: {localdate() + timedelta(days=9)}"
    child = f"shown: child\nbasis: form\nform_reference: F-12\n{dates}"
    file.write_text(file.read_text("utf-8").replace("shown: no-one", child), "utf-8")
    report = load(loaded, update=True)
    assert "stories/ana: kept as a draft." in report
    assert "An administrator must first approve showing a child." in report
    record = item_of("stories/ana").consent
    assert (record.shown, record.basis, record.child_approved_at) == (
        Shown.CHILD,
        Basis.FORM,
        None,
    )
    assert not item_of("stories/ana").live  # type: ignore[attr-defined]


def test_facts_do_not_set_who_is_shown_if_consent_for_a_copy_is_stricter(tmp_path: Path) -> None:
    photo = SimpleUploadedFile("march.jpg", scene(1))
    Picture.objects.create(title="March", file=photo, consent=factories.consent(shown="child"))
    write(tmp_path)
    (tmp_path / "pictures/rio.jpg").write_bytes(COPIES["smaller"])
    report = load(tmp_path)
    assert "pictures/rio.jpg: the same picture exists already" in report
    assert not item_of("pictures/rio.jpg").record.shown
    assert "the same picture" not in load(tmp_path)
    (tmp_path / "pictures/rio.jpg").write_bytes(scene(2))
    load(tmp_path, update=True)
    assert item_of("pictures/rio.jpg").record.shown == "no-one"


def test_facts_do_not_set_who_is_shown_if_consent_for_a_deleted_copy_was_stricter(
    tmp_path: Path,
) -> None:
    photo = SimpleUploadedFile("march.jpg", scene(1))
    Picture.objects.create(file=photo, consent=factories.consent(shown="child")).delete()
    write(tmp_path)
    (tmp_path / "pictures/rio.jpg").write_bytes(COPIES["smaller"])
    assert "pictures/rio.jpg: the same picture existed before" in load(tmp_path)
    assert not item_of("pictures/rio.jpg").record.shown


def test_new_file_does_not_replace_a_picture_whose_consent_was_narrowed(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "pictures/rio.jpg").write_bytes(scene(1))
    load(tmp_path)
    photo = Picture.objects.get(title="Rio")
    in_cms(photo.record, NARROWER)
    (tmp_path / "pictures/rio.jpg").write_bytes(COPIES["smaller"])
    assert "The editor's version was kept" in load(tmp_path, update=True)
    kept = Picture.objects.get(title="Rio")
    assert (kept.file, kept.consent_id) == (photo.file, photo.consent_id)
    assert not kept.record.for_social


def test_facts_do_not_set_who_is_shown_if_consent_for_the_old_file_was_stricter(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    (tmp_path / "pictures/rio.jpg").write_bytes(scene(1))
    load(tmp_path)
    # A record that does not allow every scope counts as stricter.
    assert not item_of("pictures/rio.jpg").record.for_print
    (tmp_path / "pictures/rio.jpg").write_bytes(COPIES["smaller"])
    assert "pictures/rio.jpg: the same picture existed before" in load(tmp_path, update=True)
    assert not item_of("pictures/rio.jpg").record.shown
