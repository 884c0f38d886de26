"""A network in front of the site is told when pages have changed, and nobody waits for it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from procrastinate import App, testing
from procrastinate.contrib.django import app

from dpa_site.caching import cdn
from mission.models import HomePage
from staff.models import User
from tests.dpa_site.test_settings import GOOD, start


class Network(BaseHTTPRequestHandler):
    status, heard, hangs = 200, [], threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, self.headers["Fastly-Key"], body))
        if self.status == 0:
            self.hangs.wait(10)
        self.send_response(self.status or 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def network(settings: object) -> Iterator[type[Network]]:
    server = HTTPServer(("127.0.0.1", 0), Network)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Network.status, Network.heard, Network.hangs = 200, [], threading.Event()
    settings.CDN_PURGE_URL = f"http://127.0.0.1:{server.server_port}/purge"
    settings.CDN_PURGE_HEADER = "Fastly-Key: secret"
    yield Network
    Network.hangs.set()
    server.shutdown()
    server.server_close()


def test_it_is_told_to_forget_all_pages(network: type[Network]) -> None:
    cdn.purge()
    assert network.heard == [("/purge", "secret", b'{"tags": ["page"]}')]


def test_a_refusal_and_silence_are_failures(
    network: type[Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdn, "LIMIT", 0.2)
    for status in (403, 500, 0):
        network.status = status
        with pytest.raises(OSError, match=str(status) if status else "timed out"):
            cdn.purge()


def test_whatever_a_page_answers_bears_the_tag_where_there_is_a_network(
    network: type[Network], home: HomePage, client: Client, settings: object
) -> None:
    for path in ("/", "/sitemap.xml", "/not-here/"):
        assert [client.get(path)[name] for name in cdn.TAG_HEADERS] == ["page"] * 3
    assert not client.get("/account/login/").has_header("Cache-Tag")
    settings.CDN_PURGE_URL = ""
    assert not client.get("/").has_header("Cache-Tag")


def jobs() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text, args::text FROM procrastinate_jobs")
        return cursor.fetchall()


def test_a_job_in_the_queue_names_no_address(db: None) -> None:
    cdn.ask()
    assert jobs() == [("purge_cdn", "todo", "{}")]


def test_the_worker_tries_again_and_again(network: type[Network]) -> None:
    network.status = 503
    with app.replace_connector(testing.InMemoryConnector()) as queue:
        assert isinstance(queue, App)
        queue.configure_task("purge_cdn", queue="apart").defer()  # from what the clock brings
        queue.run_worker(
            queues=["apart"], wait=False, install_signal_handlers=False, listen_notify=False
        )
        (job,) = (job for job in queue.connector.jobs.values() if job["queue_name"] == "apart")
        assert (job["status"], job["attempts"]) == ("todo", 1)
    assert len(network.heard) == 1


def test_staff_see_that_it_was_not_told(client: Client, db: None) -> None:
    client.force_login(User.objects.create(username="a", is_superuser=True))
    words = "has not received page changes"
    assert words not in client.get("/admin/").content.decode()
    cdn.ask()
    assert words not in client.get("/admin/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 8")
    assert words in client.get("/admin/").content.decode()
    cdn.ask()  # a later one is done: all is told
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded'"
            " WHERE id = (SELECT max(id) FROM procrastinate_jobs)"
        )
    assert words not in client.get("/admin/").content.decode()


def test_the_header_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "header").write_text("Fastly-Key: from a file\n")
    given = GOOD | {"CDN_PURGE_HEADER_FILE": str(tmp_path / "header")}
    assert start("print(settings.CDN_PURGE_HEADER)", **given).stdout == "Fastly-Key: from a file\n"
