"""Uploads in an S3 bucket have the same URLs as local files. Only renditions are public."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from moto import mock_aws
from wagtail.documents import get_document_model

from dpa_site.assets.s3_storages import PrivateBucket
from dpa_site.backups import uploads
from mission.models import HomePage
from pictures.models import Picture
from pictures.renditions import Rendition
from tests import factories
from tests.dpa_site.production import GOOD, start
from tests.pictures.sample_photographs import MARK, photograph

S3 = "dpa_site.assets.s3_storages"
OPTIONS = {
    "bucket_name": "uploads",
    "region_name": "us-east-1",
    "default_acl": None,
    "file_overwrite": False,
}


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        found = boto3.resource("s3", region_name="us-east-1").Bucket("uploads")
        found.create()
        settings.STORAGES = settings.STORAGES | {
            "default": {"BACKEND": f"{S3}.PrivateBucket", "OPTIONS": OPTIONS},
            "renditions": {"BACKEND": f"{S3}.RenditionBucket", "OPTIONS": OPTIONS},
        }
        # The model field ignores the new setting, because it resolved its storage on import.
        field = Rendition._meta.get_field("file")
        monkeypatch.setattr(field, "storage", storages["renditions"])
        yield found


def test_s3_bucket_setting_selects_storages() -> None:
    code = (
        "for name in ('default', 'renditions'):\n"
        "    storage = settings.STORAGES[name]\n"
        "    print(storage['BACKEND'], storage.get('OPTIONS', {}).get('bucket_name'))"
    )
    assert start(code, **GOOD).stdout.splitlines() == [
        "dpa_site.assets.storages.PrivateFiles None",
        "django.core.files.storage.FileSystemStorage None",
    ]
    assert start(code, **GOOD, S3_BUCKET="uploads").stdout.splitlines() == [
        "dpa_site.assets.s3_storages.PrivateBucket uploads",
        "dpa_site.assets.s3_storages.RenditionBucket uploads",
    ]


def test_upload_is_stored_in_bucket_and_only_renditions_are_served(
    bucket: Any,
    admin_client: Client,
    client: Client,
    home: object,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    file = SimpleUploadedFile("maria-lopez-arrest.jpg", photograph("JPEG"))
    values = {"title": "March", "description": "A march", "shown": "no-one", "file": file}
    form = {f"image-chooser-upload-{name}": value for name, value in values.items()}
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post("/admin/images/chooser/create/", form)
    assert response.json()["step"] == "chosen"
    picture = Picture.objects.get()
    keys = {found.key for found in bucket.objects.all()}
    assert picture.file.name in keys
    folders = {key.partition("/")[0] for key in keys}
    assert folders == {"original_images", "images", "cms_images"}
    for found in bucket.objects.all():
        assert MARK not in found.get()["Body"].read()
        assert "lopez" not in found.key
    call_command("make_sizes")
    thumbnail = picture.renditions.get(filter_spec="max-165x165")
    assert thumbnail.url == f"/admin/pictures/{thumbnail.pk}/"
    assert client.get(thumbnail.url).status_code == 302
    assert admin_client.get(thumbnail.url)["Cache-Control"] == "private, no-store"
    assert client.get(f"/media/{thumbnail.file.name}").status_code == 404
    renditions = list(picture.renditions.exclude(pk=thumbnail.pk))
    assert len(renditions) == len(picture.specs) > 1
    for rendition in renditions:
        assert rendition.url.startswith("/media/images/")
        response = client.get(rendition.url)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("image/")
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    with pytest.raises(NotImplementedError):
        _ = picture.file.url
    assert client.get(f"/media/{picture.file.name}").status_code == 404
    assert client.get("/media/images/nothing.jpg").status_code == 404

    edit = f"/admin/images/{picture.pk}/"
    assert admin_client.get(edit).status_code == 200
    replaced = SimpleUploadedFile("other.png", photograph("PNG"))
    with django_capture_on_commit_callbacks(execute=True):
        assert admin_client.post(edit, {"title": "March", "file": replaced}).status_code == 302
    assert picture.file.name not in {found.key for found in bucket.objects.all()}
    with django_capture_on_commit_callbacks(execute=True):
        Picture.objects.get().delete()
    assert list(bucket.objects.all()) == []


def test_files_without_row_are_deleted_from_bucket(
    bucket: Any, db: None, django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        picture = factories.picture()
    public = bucket.objects.filter(Prefix="images/")
    names = {found.key for found in public}
    assert names == {str(one.file) for one in picture.renditions.all()}
    bucket.put_object(Key="images/unknown.jpg", Body=b"")
    call_command("purge_renditions")
    assert {found.key for found in public} == names | {"images/unknown.jpg"}  # too new
    uploads.delete_others({str(picture.file)})
    assert {found.key for found in public} == names


def test_document_is_served_by_site(bucket: Any, client: Client, home: HomePage) -> None:
    document = get_document_model().objects.create(
        title="Facts", file=ContentFile(b"words", name="facts.txt")
    )
    download = [{"type": "download", "value": {"document": document.pk}}]
    factories.StandardPageFactory(parent=home, body=json.dumps(download))
    response = client.get(document.url)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"words"  # type: ignore[attr-defined]
    with pytest.raises(NotImplementedError):
        default_storage.url(document.file.name)


class OldStore(BaseHTTPRequestHandler):
    """An S3 server that refuses the newer checksums, like some stores other than Amazon's."""

    files: dict[str, bytes] = {}

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_new = "aws-chunked" in self.headers.get("Content-Encoding", "") or any(
            name.lower().startswith(("x-amz-trailer", "x-amz-checksum", "x-amz-sdk-checksum"))
            for name in self.headers
        )
        if not is_new:
            self.files[self.path] = body
        self.answer(501 if is_new else 200)

    def do_GET(self) -> None:
        self.answer(200 if self.path in self.files else 404, self.files.get(self.path, b""))

    def do_HEAD(self) -> None:
        self.answer(200 if self.path in self.files else 404)

    def do_DELETE(self) -> None:
        self.answer(204 if self.files.pop(self.path, None) else 404)

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def old_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a store that refuses newer checksums."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ThreadingHTTPServer(("127.0.0.1", 0), OldStore) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_store_without_newer_checksums_accepts_uploads(old_store: str) -> None:
    bucket = PrivateBucket(**OPTIONS, endpoint_url=old_store)
    name = bucket.save("facts.txt", ContentFile(b"words"))
    assert bucket.open(name).read() == b"words"
    bucket.delete(name)
    assert not bucket.exists(name)
