"""Names of uploaded documents. A backup must contain each file that a row refers to."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.documents.models import Document
from wagtail.models import UploadedFile

from dpa_site.backups import uploads

pytestmark = pytest.mark.django_db
NAMES = [".report.pdf", "*.pdf", "..pdf", "???.pdf", "report.pdf", " .x.pdf"]
NAMES += [f"{'文' * 85}.pdf", f"{'é' * 84}.pdf", f"{'𠮷' * 80}.pdf"]


def upload_form(cms: Client, file: SimpleUploadedFile) -> None:
    assert cms.post("/admin/documents/add/", {"title": "Report", "file": file}).status_code == 302


def chooser(cms: Client, file: SimpleUploadedFile) -> None:
    values = {"document-chooser-upload-title": "Report", "document-chooser-upload-file": file}
    response = cms.post("/admin/documents/chooser/create/", values)
    assert response.json()["step"] == "chosen"


def multiple_upload(cms: Client, file: SimpleUploadedFile) -> None:
    response = cms.post("/admin/documents/multiple/add/", {"title": "Report", "files[]": file})
    assert response.json()["success"]


def multiple_upload_without_title(cms: Client, file: SimpleUploadedFile) -> None:
    """Wagtail stores an `UploadedFile` until the other fields are valid."""
    response = cms.post("/admin/documents/multiple/add/", {"title": "", "files[]": file})
    assert response.json()["uploaded_file_id"]


def replaced_file(cms: Client, file: SimpleUploadedFile) -> None:
    old = Document.objects.create(title="Report", file=ContentFile(b"old", name="old.pdf"))
    url = f"/admin/documents/edit/{old.pk}/"
    assert cms.post(url, {"title": "Report", "file": file}).status_code == 302


def code(cms: Client, file: SimpleUploadedFile) -> None:
    Document.objects.create(title="Report", file=file)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "upload",
    [upload_form, chooser, multiple_upload, multiple_upload_without_title, replaced_file, code],
)
def test_document_name_can_be_stored_and_is_not_hidden(
    admin_client: Client, upload: Callable[[Client, SimpleUploadedFile], None], name: str
) -> None:
    file = SimpleUploadedFile("x.pdf", b"words")
    file._name = name  # type: ignore[attr-defined]  # as a browser sends it
    upload(admin_client, file)
    stored: Any = Document.objects.first() or UploadedFile.objects.get()
    path = stored.file.name
    assert not PurePath(path).name.startswith(".")
    assert path.endswith(".pdf")
    assert len(PurePath(path).name.encode()) <= 255
    assert path in uploads.names()


@pytest.mark.parametrize("name", ["a." + "文" * 85, "文" * 85, "é" * 300, f"a.{'x' * 300}"])
def test_any_name_is_shortened_to_what_file_systems_allow(name: str) -> None:
    for _number in range(2):
        stored = default_storage.save(default_storage.generate_filename(name), ContentFile(b"x"))
        assert stored in uploads.names()


def test_backup_contains_hidden_files_of_earlier_versions() -> None:
    for name in ("documents/.pdf", "documents/.report.pdf"):
        default_storage.save(name, ContentFile(b"words"))
    assert {"documents/.pdf", "documents/.report.pdf"} <= set(uploads.names())
    uploads.delete_others({"documents/.pdf"})
    assert default_storage.exists("documents/.pdf")
    assert not default_storage.exists("documents/.report.pdf")
