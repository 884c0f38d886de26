"""An upload encodes the smallest rendition, and the worker encodes the others.

Page requests encode no rendition.
"""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from mission.models import HomePage
from pictures.models import Picture
from pictures.renditions import Rendition
from pictures.specs import DRAWING, SHARED, SMALL, WIDTHS
from pictures.tasks import enqueue_sizes, make_sizes
from tests import factories
from tests.every_page import PUBLIC_PATHS

pytestmark = pytest.mark.usefixtures("all_renditions")


@pytest.fixture
def by_worker(settings: object) -> None:
    settings.PICTURE_SIZES_BY_WORKER = True  # type: ignore[attr-defined]


def jobs(picture: Picture) -> int:
    queued = ProcrastinateJob.objects.filter(task_name="make_sizes", status="todo")
    return queued.filter(args={"picture": picture.pk}).count()


def begin(job: ProcrastinateJob) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.pk])


def test_page_shows_smallest_size_until_worker_is_done(
    home: HomePage,
    client: Client,
    by_worker: None,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        photo = factories.picture(size=(900, 600))
        photo.save()  # the second save queues no second job
    (small,) = photo.renditions.all()
    assert small.filter_spec == SMALL
    assert jobs(photo) == 1
    home.hero_picture = photo
    home.save()
    html = client.get("/").content.decode()
    assert f'<img src="{small.url}"' in html
    assert "image/avif" not in html

    make_sizes(photo.pk)
    html = client.get("/").content.decode()
    assert 'type="image/avif"' in html
    assert f"{WIDTHS[1]}w" in html
    assert "900w" in html
    photo.refresh_from_db()
    assert photo.missing == []
    assert {size[0] for size in photo.sizes} == set(photo.specs) > {SHARED}


def test_retried_job_does_not_block_queued_job_for_same_picture(db: None) -> None:
    enqueue_sizes(1)
    enqueue_sizes(1)
    (first,) = ProcrastinateJob.objects.filter(task_name="make_sizes")
    begin(first)
    enqueue_sizes(1)
    app.job_manager.retry_job_by_id(first.pk, retry_at=now())
    queued = ProcrastinateJob.objects.filter(task_name="make_sizes", status="todo")
    assert [job.args for job in queued] == [{"picture": 1}] * 2


def test_make_sizes_locks_picture_row(db: None) -> None:
    photo = factories.picture(size=(60, 40))
    with CaptureQueriesContext(connection) as captured:
        photo.make_sizes()
    assert "FOR NO KEY UPDATE" in captured.captured_queries[1]["sql"]
    assert not any(one["sql"].startswith("INSERT") for one in captured.captured_queries)


def test_page_requests_make_no_renditions(
    every_page: SimpleNamespace, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode(*args: object) -> None:
        raise AssertionError("A GET request encoded a picture.")

    def paths_with_pictures() -> list[str]:
        pages = {path: client.get(path) for path in PUBLIC_PATHS}
        missing = [path for path, page in pages.items() if page.status_code != 200]
        assert missing == ["/not-here/"]
        return [path for path, page in pages.items() if b"/media/images/" in page.content]

    monkeypatch.setattr(Picture, "generate_rendition_file", encode)
    assert len(paths_with_pictures()) > 5
    Rendition.objects.all().delete()
    assert paths_with_pictures() == []
    assert not Rendition.objects.exists()


def test_publishing_queues_job_for_missing_renditions(
    home: HomePage, by_worker: None, django_capture_on_commit_callbacks: Callable
) -> None:
    photo = factories.picture(size=(60, 40))
    assert jobs(photo) == 0  # the test's transaction never commits, so no job was queued
    home.hero_picture = photo
    with django_capture_on_commit_callbacks(execute=True):
        home.save_revision().publish()
    assert jobs(photo) == 1


def test_svg_has_one_size(db: None) -> None:
    svg = factories.drawing()
    assert [size[0] for size in svg.sizes] == [DRAWING]
    assert svg.source_sets == []
    assert svg.smallest.url.startswith("/media/images/")
