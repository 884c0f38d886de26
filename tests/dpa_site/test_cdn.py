"""Purging the CDN in the background when pages change."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from procrastinate import App, testing
from procrastinate.contrib.django import app

from dpa_site.caching import cdn
from dpa_site.caching.edge import REQUEST_SECONDS
from mission.models import HomePage
from staff.models import User
from tests import factories
from tests.dpa_site.production import GOOD, start


class CdnHandler(BaseHTTPRequestHandler):
    status, requests, hangs = 200, [], threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append((self.path, self.headers["Fastly-Key"], body))
        if self.status == 0:
            self.hangs.wait(10)
        self.send_response(self.status or 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cdn_server(settings: object) -> Iterator[type[CdnHandler]]:
    server = HTTPServer(("127.0.0.1", 0), CdnHandler)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    CdnHandler.status, CdnHandler.requests, CdnHandler.hangs = 200, [], threading.Event()
    settings.CDN_PURGE_URL = f"http://127.0.0.1:{server.server_port}/purge"
    settings.CDN_PURGE_HEADER = "Fastly-Key: secret"
    yield CdnHandler
    CdnHandler.hangs.set()
    server.shutdown()
    server.server_close()


def test_purge_sends_page_tag(cdn_server: type[CdnHandler]) -> None:
    cdn.purge()
    assert cdn_server.requests == [("/purge", "secret", b'{"tags": ["page"]}')]


def test_purge_raises_on_error_status_and_timeout(
    cdn_server: type[CdnHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdn, "TIMEOUT", 0.2)
    for status in (403, 500, 0):
        cdn_server.status = status
        with pytest.raises(OSError, match=str(status) if status else "timed out"):
            cdn.purge()


def test_public_responses_have_cache_tag_if_cdn_is_configured(
    cdn_server: type[CdnHandler], home: HomePage, client: Client, settings: object
) -> None:
    for path in ("/", "/sitemap.xml", "/not-here/"):
        assert [client.get(path)[name] for name in cdn.TAG_HEADERS] == ["page"] * 3
    assert not client.get("/account/login/").has_header("Cache-Tag")
    picture = client.get(factories.picture().smallest.url)
    assert picture.status_code == 200
    assert [picture[name] for name in cdn.TAG_HEADERS] == ["page"] * 3
    settings.CDN_PURGE_URL = ""
    assert not client.get("/").has_header("Cache-Tag")


def jobs() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text, args::text FROM procrastinate_jobs")
        return cursor.fetchall()


def test_queued_purge_contains_no_url(db: None) -> None:
    cdn.queue_purge()
    assert jobs() == [("purge_cdn", "todo", "{}")] * 2


def test_purge_is_repeated_after_edges_are_empty(db: None) -> None:
    cdn.queue_purge()
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at FROM procrastinate_jobs ORDER BY id")
        (at_once,), (later,) = cursor.fetchall()
    assert at_once is None
    assert timedelta(seconds=30) < later - now() <= timedelta(seconds=REQUEST_SECONDS)


def test_worker_retries_failed_purge(cdn_server: type[CdnHandler]) -> None:
    cdn_server.status = 503
    with app.replace_connector(testing.InMemoryConnector()) as queue:
        assert isinstance(queue, App)
        queue.configure_task("purge_cdn", queue="apart").defer()  # a queue without periodic tasks
        queue.run_worker(
            queues=["apart"], wait=False, install_signal_handlers=False, listen_notify=False
        )
        (job,) = (job for job in queue.connector.jobs.values() if job["queue_name"] == "apart")
        assert (job["status"], job["attempts"]) == ("todo", 1)
    assert len(cdn_server.requests) == 1


def test_dashboard_warns_about_failed_purge(client: Client, db: None) -> None:
    client.force_login(User.objects.create(username="a", is_superuser=True))
    words = "has not received page changes"
    assert words not in client.get("/admin/").content.decode()
    cdn.queue_purge()
    assert words not in client.get("/admin/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 8")
    assert words in client.get("/admin/").content.decode()
    cdn.queue_purge()  # this later purge will succeed
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded'"
            " WHERE id = (SELECT max(id) FROM procrastinate_jobs)"
        )
    assert words not in client.get("/admin/").content.decode()


def test_purge_header_is_read_from_file(tmp_path: Path) -> None:
    (tmp_path / "header").write_text("Fastly-Key: from a file\n")
    given = GOOD | {"CDN_PURGE_HEADER_FILE": str(tmp_path / "header")}
    assert start("print(settings.CDN_PURGE_HEADER)", **given).stdout == "Fastly-Key: from a file\n"
