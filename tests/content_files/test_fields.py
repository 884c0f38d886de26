"""The fields of content files, computed from the models of the page types."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection, models
from django.db.models.functions import Now
from modelcluster.fields import ParentalManyToManyField
from wagtail.models import Page

from consent.mixins import HasConsent
from consent.models import ConsentRecord
from content_files import schema
from content_files.checks import check_file_types
from content_files.models import LoadedFile
from editorial.models import BasePage
from mission.models import HomePage, StandardPage
from tests.content_files.test_load_content import load

PAGE_TYPES = [model for model in apps.get_models() if issubclass(model, BasePage)]
PAGE_FILE = "pages/unete.md"


@contextmanager
def added(model: type[BasePage], name: str, field: models.Field) -> Iterator[None]:
    """Add a field to the model and to its table."""
    field.contribute_to_class(model, name)
    try:
        with connection.schema_editor() as editor:
            editor.add_field(model, field)
        yield
    finally:  # the test's transaction drops the column
        model._meta.local_fields.remove(field)
        delattr(model, name)
        apps.clear_cache()


def write_page(root: Path, fields: str) -> Path:
    """Write a home page and a page with these fields, without pictures, which are slow to load."""
    (root / "home.md").write_text("---\nhero_statement: Hola\n---\n", "utf-8")
    (root / PAGE_FILE).parent.mkdir()
    (root / PAGE_FILE).write_text(f"---\ntitle: Únete\n{fields}\n---\nHola.\n", "utf-8")
    return root


def the_page() -> StandardPage:
    return StandardPage.objects.get(slug="unete")


@pytest.mark.parametrize("model", PAGE_TYPES)
def test_page_type_lists_its_editable_fields(model: type[BasePage]) -> None:
    file_type = next(one for one in schema.FILE_TYPES if one.model is model)
    own = {
        field.name
        for field in model._meta.get_fields()
        if (getattr(field, "concrete", False) or isinstance(field, ParentalManyToManyField))
        and field.editable
    } - {field.name for field in Page._meta.get_fields()}
    left_out = {file_type.files.body, *file_type.files.excluded, "unreviewed_translation"}
    consent = set(schema.CONSENT_FIELDS) if issubclass(model, HasConsent) else set()
    assert set(file_type.consent_fields) == consent
    assert own - left_out - {"page_ptr"} | consent == set(file_type.fields) - schema.PAGE_FIELDS
    assert set(file_type.fields) >= schema.PAGE_FIELDS


def test_files_set_all_consent_fields_except_steward_and_approval() -> None:
    every = {field.name for field in ConsentRecord._meta.concrete_fields}
    only_in_cms = {"id", "key", "steward", "child_approved_by", "child_approved_at"}
    assert every - set(schema.CONSENT_FIELDS) == only_in_cms


def test_page_types_come_after_their_parents() -> None:
    found = [one.model for one in schema.FILE_TYPES]
    assert found[0] is HomePage
    for position, model in enumerate(found[1:], start=1):
        assert any(model in parent.allowed_subpage_models() for parent in found[:position])


@pytest.mark.parametrize(
    ("field", "written", "expected"),
    [
        (models.DateTimeField(), "2026-07-01 18:30", datetime(2026, 7, 1, 22, 30, tzinfo=UTC)),
        (
            models.DateTimeField(),
            "2026-07-01T18:30+02:00",
            datetime(2026, 7, 1, 16, 30, tzinfo=UTC),
        ),
        (models.DateField(null=True, blank=True), "2026-07-01", date(2026, 7, 1)),
        (models.TimeField(null=True, blank=True), "18:30", time(18, 30)),
        (models.DecimalField(max_digits=6, decimal_places=2), "12.50", Decimal("12.50")),
        (models.FloatField(default=0), "1.5", 1.5),
        (models.PositiveIntegerField(), "7", 7),
        (models.BooleanField(default=True), "false", False),
        (models.EmailField(blank=True), "a@example.org", "a@example.org"),
        (models.CharField(max_length=9, choices=[("red", "Red")]), "red", "red"),
        (models.IntegerField(choices=[(1, "One")], default=1), "1", 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, models.Field) else None,
)
def test_load_sets_field_added_to_a_model(
    tmp_path: Path, db: None, settings: object, field: models.Field, written: str, expected: object
) -> None:
    settings.TIME_ZONE = "America/New_York"  # type: ignore[attr-defined]
    with added(StandardPage, "extra", field.clone()):
        report = load(write_page(tmp_path, f"extra: '{written}'"))
        assert "0 updated" in report
        assert "0 new, 0 updated" in load(tmp_path, update=True)
        assert the_page().extra == expected
        assert the_page().latest_revision.as_object().extra == expected
        (tmp_path / "es/pages").mkdir(parents=True)
        (tmp_path / "es/home.md").write_text("---\ntitle: Casa\n---\n")
        (tmp_path / "es/pages/unete.md").write_text("---\ntitle: Ven\n---\n")
        load(tmp_path)
        assert StandardPage.objects.get(title="Ven").extra == expected


@pytest.mark.parametrize(
    ("field", "fields", "reason"),
    [
        (
            models.DateTimeField(),
            "extra: 2026-07-01",
            "line 3: “2026-07-01” is not a date and time such as 2026-01-31 18:30.",
        ),
        (models.DateTimeField(), "", "line 2: “extra” is missing."),
        (models.DateTimeField(), "extra:", "line 3: “extra” is empty."),
        (
            models.DecimalField(max_digits=4, decimal_places=2),
            "extra: 123.45",
            "line 3: Ensure that there are no more than",
        ),
        (models.PositiveIntegerField(), "extra: many", "line 3: “many” value must be an integer"),
        (models.IntegerField(blank=True), "summary: A", "line 2: “extra” is missing."),
        (models.CharField(max_length=9), "extra: ''", "line 3: This field cannot be blank."),
        (models.CharField(max_length=9), "", "line 2: “extra” is missing."),
        (models.IntegerField(choices=[(1, "One")]), "extra: 2", "line 3: “2” is not one of: 1."),
        (models.TimeField(), "extra: noon", "line 3: “noon” is not a time such as 18:30."),
    ],
)
def test_load_reports_error_in_field_added_to_a_model(
    tmp_path: Path, db: None, field: models.Field, fields: str, reason: str
) -> None:
    with added(StandardPage, "extra", field.clone()):
        with pytest.raises(CommandError) as error:
            load(write_page(tmp_path, fields))
        assert f"{PAGE_FILE}, {reason}" in str(error.value)
        assert not HomePage.objects.exists()


@pytest.mark.parametrize("default", [7, models.Value(6) + 1], ids=["value", "expression"])
def test_load_uses_default_of_database(tmp_path: Path, db: None, default: object) -> None:
    with added(StandardPage, "extra", models.IntegerField(db_default=default)):
        load(write_page(tmp_path, ""))
        assert the_page().extra == 7
        assert the_page().latest_revision.as_object().extra == 7
        (tmp_path / PAGE_FILE).write_text("---\ntitle: Únete\nextra: 9\n---\n")
        load(tmp_path, update=True)
        assert the_page().extra == 9
        (tmp_path / PAGE_FILE).write_text("---\ntitle: Únete\n---\n")
        load(tmp_path, update=True)
        assert the_page().extra == 7
        assert "0 new, 0 updated" in load(tmp_path, update=True)


def test_load_uses_time_default_of_database(tmp_path: Path, db: None) -> None:
    with added(StandardPage, "extra", models.DateTimeField(db_default=Now())):
        load(write_page(tmp_path, ""))
        assert isinstance(the_page().extra, datetime)


def test_update_keeps_field_changed_by_editor(tmp_path: Path, db: None) -> None:
    with added(
        StandardPage, "extra", models.DecimalField(max_digits=4, decimal_places=1, default=1)
    ):
        load(write_page(tmp_path, "extra: 2.5"))
        page = the_page()
        page.extra = Decimal("3.5")
        page.save_revision().publish()
        (tmp_path / PAGE_FILE).write_text("---\ntitle: Únete\nextra: 4.5\n---\n")
        assert "The editor's version was kept" in load(tmp_path, update=True)
        assert the_page().extra == Decimal("3.5")


def test_load_names_file_that_the_database_refuses(tmp_path: Path, db: None) -> None:
    constraint = models.CheckConstraint(condition=~models.Q(lead_caption="bad"), name="not_bad")
    with connection.schema_editor() as editor:
        editor.add_constraint(StandardPage, constraint)
    with pytest.raises(CommandError) as error:
        load(write_page(tmp_path, "lead_caption: bad"))
    assert str(error.value).startswith(f"{PAGE_FILE}: the database refused it: ")
    assert "not_bad" in str(error.value)
    assert "Únete" not in str(error.value), "the message shows the row"
    assert "Nothing was loaded" in str(error.value)
    assert not HomePage.objects.exists()
    assert not LoadedFile.objects.exists()


def test_load_sets_quick_exit_and_corrections(tmp_path: Path, db: None) -> None:
    fields = "quick_exit: hidden\ncorrections:\n  - date: 2026-01-31\n    text: The year was wrong."
    load(write_page(tmp_path, fields))
    page = the_page()
    assert page.quick_exit == "hidden"
    assert page.corrections[0].value == {"date": date(2026, 1, 31), "text": "The year was wrong."}


def test_check_reports_field_without_parser(db: None) -> None:
    assert check_file_types() == []
    field = models.DurationField(null=True, blank=True)
    with added(StandardPage, "extra", field):
        (error,) = check_file_types()
    assert error.id == "content_files.E002"
    assert error.obj is StandardPage
    assert error.msg == (
        "content files cannot set the field “extra”: there is no parser for DurationField."
    )
    assert "field_parsers.py" in error.hint


def test_check_reports_wrong_declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = schema.SUBFOLDERS["pages"]
    files = replace(pages.files, path="issues/", excluded=frozenset({"sumary"}))
    home = schema.TOP_LEVEL_FILES["home"]
    wrong = [
        replace(pages, files=files),
        schema.SUBFOLDERS["issues"],
        replace(home, files=replace(home.files, excluded=frozenset())),
    ]
    monkeypatch.setattr("content_files.checks.FILE_TYPES", wrong)
    found = {error.id: error.msg for error in check_file_types()}
    assert found.keys() == {"content_files.E001", "content_files.E003", "content_files.E004"}
    assert "“sumary”" in found["content_files.E001"]
    assert "“quick_exit”" in found["content_files.E003"]
    assert "“issues/”" in found["content_files.E004"]
