"""Every public change invalidates the page cache of every process."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, ReferenceIndex, Site

from actions.counts import DayCount
from consent.models import ConsentRecord
from dpa_site.caching import version
from dpa_site.caching.version import CHANNEL, CacheVersion, NotHeard, watched
from dpa_site.models import Takedown
from mission.models import HomePage
from pictures.models import Picture
from site_settings.models import SiteSettings
from tests import factories
from tests.dpa_site.test_tasks import COMMANDS
from tests.every_page import PUBLIC_PATHS, make_home

# Content types change only in migrations, which also change the cache version. The reference index
# changes together with the objects from which it is computed. Signature counts may be a minute old.
UNWATCHED = {model._meta.db_table for model in (ContentType, ReferenceIndex, DayCount)}
TRIGGER = "notify_page_change"
TOKEN = "t" * 32


def test_tables_of_public_pages_are_watched(
    every_page: SimpleNamespace, queries: Callable[[str], list[str]]
) -> None:
    seen = set()
    for path in PUBLIC_PATHS:
        if "?q=" not in path and path != "/not-here/":  # searches and 404 pages are not cached
            for query in queries(path):
                seen |= set(re.findall(r'(?:FROM|JOIN) "(\w+)"', query))
    assert len(seen) > 10
    unwatched = seen - UNWATCHED - {model._meta.db_table for model in watched()}
    assert not unwatched, (
        f"Public pages read {unwatched}, whose changes do not clear the page cache. Set "
        "has_public_content = True in apps.py of their app, or add them to OTHER_MODELS in "
        "dpa_site/caching/version.py."
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [TRIGGER]
        )
        has_trigger = {table for (table,) in cursor.fetchall()}
    bare = {model._meta.db_table for model in watched()} - has_trigger
    assert not bare, f"{bare} are watched but have no trigger. Run the migrations."


class Listener:
    """Listens for the notifications of committed changes."""

    def __init__(self) -> None:
        self.link = psycopg.connect(**connection.get_connection_params(), autocommit=True)
        self.link.execute(f"LISTEN {CHANNEL}")

    def count_notifications(self) -> int:
        """The number of notifications since the last call.

        Notifications arrive in the order of commits, so the marker sent here is the last one.
        """
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
            other.execute("SELECT pg_notify(%s, 'end')", [CHANNEL])
        for heard, announced in enumerate(self.link.notifies(timeout=60)):
            if announced.payload == "end":
                return heard
        return pytest.fail("No notification arrived within a minute.")


@pytest.fixture(scope="module")
def small_site(committed_database: str) -> str:
    """A site with two pages in the `committed_database` database."""
    home = make_home()
    Site.objects.update(hostname="localhost")
    factories.StandardPageFactory(parent=home, slug="about", title="About us")
    return committed_database


def draft(home: HomePage) -> None:
    home.hero_statement = "Nobody sees this yet"
    home.save_revision()


def publish(home: HomePage) -> None:
    home.save_revision().publish()


def new_picture() -> Picture:
    """A picture without renditions, as it is right after an upload."""
    file = ContentFile(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', "new.svg")
    picture = Picture(title="New", file=file, consent=factories.no_one())
    picture.save(with_sizes=False)
    return picture


CHANGES: dict[str, Callable[[HomePage], object]] = {
    "publish": publish,
    "save": lambda home: home.save(),
    "alias": lambda home: home.get_children().first().create_alias(update_slug="alias"),
    "add": lambda home: factories.StandardPageFactory(parent=home, slug="added"),
    "move": lambda home: Page.objects.get(slug="added").move(home, pos="first-child"),
    "unpublish": lambda home: Page.objects.get(slug="added").unpublish(),
    "delete": lambda home: Page.objects.get(slug="added").delete(),
    "a row by hand": lambda home: Page.objects.filter(pk=home.pk).update(title="By hand"),
    "settings": lambda home: SiteSettings.objects.update_or_create(
        site=home.get_site(), defaults={"organization": "Another name"}
    ),
    "redirect": lambda home: Redirect.add_redirect("/old", "/about/"),
    "redirect in bulk": lambda home: Redirect.objects.update(redirect_link="/"),
    "picture with renditions": lambda home: factories.picture(size=(40, 30)),
    "title of a picture": lambda home: Picture.objects.update(title="Changed"),
    "consent": lambda home: ConsentRecord.objects.update(may_be_named=True),
    "picture of a page": lambda home: HomePage.objects.update(hero_picture=new_picture()),
    "delete picture": lambda home: Picture.objects.filter(title="New").delete(),
    "migrate": lambda home: call_command("migrate", verbosity=0),
}


def test_public_changes_notify_but_drafts_uploads_and_schedule_do_not(small_site: str) -> None:
    home = HomePage.objects.get()
    listener = Listener()
    for name, change in CHANGES.items():
        home.refresh_from_db()
        if name == "save":
            home.summary = "Something new"
        change(home)
        assert listener.count_notifications(), name
    call_command("show_pictures")  # the first run may make files for the pictures above
    listener.count_notifications()
    for name, unnoticed_change in {
        "draft": lambda: draft(home),
        **{command: lambda command=command: call_command(command) for command in COMMANDS},
        "upload": new_picture,  # last, because the schedule makes files for it
    }.items():
        unnoticed_change()
        assert not listener.count_notifications(), name
    # Two statements, because the rollback must undo the save.
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        home.save()
        raise ZeroDivisionError
    assert not listener.count_notifications(), "a rollback must not notify"
    listener.link.close()


@pytest.fixture
def web_servers(small_site: str, tmp_path: Path) -> Iterator[list[int]]:
    """The ports of two gunicorn servers on one database.

    The first server has two processes and empties the cache directory `edge2`. The second has one
    process and empties `edge1`.
    """
    Takedown.objects.all().delete()
    host = quote(connection.settings_dict["HOST"] or "localhost", safe="")
    user, port = connection.settings_dict["USER"], connection.settings_dict["PORT"]
    secret = connection.settings_dict["PASSWORD"]
    who = f"{quote(user)}:{quote(secret)}@" if secret else f"{quote(user)}@"
    runs, ports = [], []
    for processes in ("2", "1"):
        (tmp_path / f"edge{processes}").mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl",
            "SIGNATURE_KEY": settings.SIGNATURE_KEYS[0],
            "DATABASE_URL": f"postgres://{who}{host}:{port or 5432}/{small_site}",
            "ALLOWED_HOSTS": "localhost",
            "SITE_URL": "http://localhost:8000",
            "METRICS_TOKEN": TOKEN,
            "WEB_CONCURRENCY": processes,
            "EDGE_CACHE_ROOT": str(tmp_path / f"edge{processes}"),
            "DJANGO_SETTINGS_MODULE": "dpa_site.settings.dev",
        }
        command = [f"{sys.prefix}/bin/gunicorn", "dpa_site.wsgi", f"--bind=127.0.0.1:{ports[-1]}"]
        runs.append(
            subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL
            )
        )
    for run, port in zip(runs, ports, strict=True):
        wait_until(lambda port=port: get(port, "/-/ready") is not None)
        assert run.poll() is None
    yield ports
    for run in runs:
        run.terminate()
        run.wait(60)


def get(port: int, path: str, **headers: str) -> str | None:
    """GET over a new connection, so that any worker process may respond."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": "localhost", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return response.read().decode()
    except OSError:
        return None


def wait_until(is_so: Callable[[], bool]) -> None:
    """Poll for up to a minute."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "the condition was not met within a minute"
        time.sleep(0.02)


def metric(port: int, result: str) -> float:
    text = get(port, "/-/metrics", Authorization=f"Bearer {TOKEN}") or ""
    found = re.search(rf'page_cache_requests_total{{result="{result}"}} (\S+)', text)
    return float(found[1]) if found else 0


def test_published_change_is_served_by_every_process(
    web_servers: list[int],
) -> None:
    home = HomePage.objects.get()
    for number in range(6):
        if number == 4:  # end the LISTEN connections, so that notifications are lost
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE query = %s AND datname = current_database()",
                    [f"LISTEN {CHANNEL}"],
                )
                assert len(cursor.fetchall()) == 3
        words = f"Statement number {number}."
        home.hero_statement = words
        if number % 2:
            with transaction.atomic():
                home.save_revision().publish()
                assert words not in str(get(web_servers[0], "/"))
        else:
            home.save_revision().publish()
        for port in web_servers:
            wait_until(lambda port=port, words=words: words in str(get(port, "/")))
        # When every process has been notified, none may serve the old page.
        fresh = 0
        while fresh < 4:
            fresh = fresh + 1 if all(words in str(get(port, "/")) for port in web_servers) else 0
    for port in web_servers:
        wait_until(lambda port=port: bool(get(port, "/") and metric(port, "hit")))


def test_pages_are_not_cached_if_notifications_do_not_arrive(
    small_site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a connection pooler."""
    monkeypatch.setattr(version, "HEARD_WITHIN", 0.2)
    monkeypatch.setattr(version, "_notify", lambda payload: None)
    listener = CacheVersion()
    with pytest.raises(NotHeard):
        listener._listen()
    assert not listener.is_listening


def test_takedown_empties_the_edge_of_every_machine(web_servers: list[int], tmp_path: Path) -> None:
    cached = [tmp_path / f"edge{number}" / "page" for number in (1, 2)]
    for file in cached:
        file.write_bytes(b"")
    home = HomePage.objects.get()
    home.hero_statement = "Published, so nothing is deleted."
    publish(home)
    for port in web_servers:
        wait_until(lambda port=port: home.hero_statement in str(get(port, "/")))
    assert all(file.exists() for file in cached)
    Page.objects.get(slug="about").unpublish()
    wait_until(lambda: not any(file.exists() for file in cached))
    takedowns = list(Takedown.objects.all())  # each alias of the page has its own takedown
    assert takedowns
    wait_until(lambda: all(takedown.edges.count() == 2 for takedown in takedowns))
