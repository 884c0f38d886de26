"""Takedowns are recorded, and the edge of each machine is emptied."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction

from consent import withdrawal
from consent.models import ConsentRecord, GoneUrl, Shown
from consent.plans import make_plan
from dpa_site.caching.edge import (
    HEARTBEAT,
    REQUEST_SECONDS,
    RETENTION,
    EdgeCache,
    not_emptied_since,
)
from dpa_site.caching.version import CacheVersion
from dpa_site.models import Edge, Takedown
from mission.models import HomePage
from pictures.models import Picture
from pictures.renditions import Rendition
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import factories


@pytest.fixture
def content(home: HomePage, story_index: StoryIndexPage) -> SimpleNamespace:
    """A page, a story, a draft, a redirect and a picture with its files."""
    return SimpleNamespace(
        home=home,
        page=factories.StandardPageFactory(parent=home, slug="about"),
        draft=factories.StandardPageFactory(parent=home, slug="draft", live=False),
        story=factories.StoryPageFactory(parent=story_index, consent=factories.consent()),
        redirect=Redirect.add_redirect("/old", "/about/"),
        picture=factories.picture(consent=factories.consent(shown=Shown.RECOGNIZABLE)),
    )


def restrict(page: Page) -> None:
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


def rename(page: Page) -> None:
    page.slug = "elsewhere"
    page.save()


def publish(page: Page) -> None:
    page.title = "Another title"
    page.save_revision().publish()


def save_draft(page: Page) -> None:
    page.title = "A title that nobody sees yet"
    page.save_revision()


def run_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def count_takedowns(change: Callable[[SimpleNamespace], object], content: SimpleNamespace) -> int:
    """The number of takedowns that `change` records, as if it had its own transaction."""
    run_sql("SELECT set_config('dpa_site.takedown', '', true)")
    Takedown.objects.all().delete()
    change(content)
    return Takedown.objects.count()


TAKEDOWNS: dict[str, Callable[[SimpleNamespace], object]] = {
    "unpublish": lambda content: content.page.unpublish(),
    "unpublish by SQL": lambda content: run_sql("UPDATE wagtailcore_page SET live = false"),
    "delete": lambda content: content.page.delete(),
    "move": lambda content: content.page.move(content.story.get_parent(), pos="last-child"),
    "another slug": lambda content: rename(content.page),
    "make private": lambda content: restrict(content.page),
    "withdraw": lambda content: withdrawal.withdraw(make_plan([content.story.consent])),
    "narrow": lambda content: ConsentRecord.objects.filter(pk=content.story.consent_id).update(
        may_be_named=not content.story.consent.may_be_named
    ),
    "another record for a story": lambda content: StoryPage.objects.update(
        consent=factories.no_one()
    ),
    "another record for a picture": lambda content: Picture.objects.update(
        consent=factories.no_one()
    ),
    "delete a picture": lambda content: content.picture.delete(),
    "delete a public file": lambda content: content.picture.renditions.all().delete(),
    "delete a redirect": lambda content: content.redirect.delete(),
    "change a redirect": lambda content: Redirect.objects.update(redirect_link="/"),
    "a URL is gone": lambda content: GoneUrl.objects.create(mark="0" * 64),
}
OTHER_CHANGES: dict[str, Callable[[SimpleNamespace], object]] = {
    "publish": lambda content: publish(content.page),
    "publish a story": lambda content: publish(content.story),
    "save a draft": lambda content: save_draft(content.page),
    "publish a draft": lambda content: content.draft.save_revision().publish(),
    "delete a draft": lambda content: content.draft.delete(),
    "add a page": lambda content: factories.StandardPageFactory(parent=content.home, slug="added"),
    "add a story": lambda content: factories.StoryPageFactory(
        parent=content.story.get_parent(), consent=factories.consent()
    ),
    "reorder": lambda content: content.page.move(content.home, pos="first-child"),
    "add a redirect": lambda content: Redirect.add_redirect("/older", "/about/"),
    "add a picture": lambda content: factories.picture(size=(40, 30)),
    "look at a picture in the CMS": lambda content: content.picture.get_rendition("max-10x10"),
    "delete what only the CMS shows": lambda content: Rendition.objects.filter(
        file__startswith="cms_images/"
    ).delete(),
    "save consent unchanged": lambda content: content.story.consent.save(),
    "nothing": lambda content: None,
}


@pytest.mark.parametrize("name", TAKEDOWNS)
def test_takedown_is_recorded_once(content: SimpleNamespace, name: str) -> None:
    assert count_takedowns(TAKEDOWNS[name], content) == 1


@pytest.mark.parametrize("name", OTHER_CHANGES)
def test_change_that_takes_nothing_down_is_not_recorded(
    content: SimpleNamespace, name: str
) -> None:
    content.picture.get_rendition("max-20x20")
    assert count_takedowns(OTHER_CHANGES[name], content) == 0


def test_takedown_after_a_rolled_back_takedown_is_recorded(content: SimpleNamespace) -> None:
    def change(content: SimpleNamespace) -> None:
        run_sql("SAVEPOINT before")
        content.page.unpublish()
        run_sql("ROLLBACK TO before")
        assert not Takedown.objects.exists()
        content.page.delete()

    assert count_takedowns(change, content) == 1


@pytest.fixture
def cache(tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The cache of an edge, and a clock that the test sets."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    version = CacheVersion()
    version.is_listening = True
    root = tmp_path / "edge"
    root.mkdir()
    return SimpleNamespace(root=root, edge=EdgeCache(root, version), clock=clock, version=version)


def fill(root: Path) -> None:
    for name in ("7/fd/6031", "7/fe/6032", "0/00/aaaa"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"a page")


def count_files(root: Path) -> int:
    return sum(path.is_file() for path in root.rglob("*"))


def count_emptied_edges(takedown: Takedown) -> int:
    return takedown.edges.count()


def notify_of_change(cache: SimpleNamespace) -> None:
    cache.version.increment()
    cache.edge.follow()


def test_edge_is_emptied_after_takedowns_only(cache: SimpleNamespace) -> None:
    fill(cache.root)
    notify_of_change(cache)
    assert count_files(cache.root) == 3
    takedown = Takedown.objects.create()
    cache.edge.follow()
    assert count_files(cache.root) == 3  # no notification has arrived yet
    notify_of_change(cache)
    assert count_files(cache.root) == 0
    assert count_emptied_edges(takedown) == 1
    cache.clock.now += REQUEST_SECONDS
    fill(cache.root)
    notify_of_change(cache)
    cache.edge.follow()
    assert count_files(cache.root) == 3
    assert count_emptied_edges(takedown) == 1


def test_edge_is_emptied_until_earlier_requests_have_ended(cache: SimpleNamespace) -> None:
    Takedown.objects.create()
    for elapsed, left in ((0, 0), (REQUEST_SECONDS - 1, 0), (1, 3)):
        cache.clock.now += elapsed
        fill(cache.root)
        cache.edge.follow()
        assert count_files(cache.root) == left


def test_notification_empties_edge_without_database(
    cache: SimpleNamespace, django_assert_num_queries: Callable
) -> None:
    notify_of_change(cache)
    cache.version.is_listening = False  # the database failed right after the notification
    cache.version.takedowns += 1
    cache.version.increment()
    with django_assert_num_queries(0):
        for elapsed, left in ((0, 0), (REQUEST_SECONDS - 1, 0), (1, 3)):
            cache.clock.now += elapsed
            fill(cache.root)
            cache.edge.follow()
            assert count_files(cache.root) == left


def test_edge_is_emptied_when_a_notification_was_lost(cache: SimpleNamespace) -> None:
    cache.edge.follow()
    fill(cache.root)
    takedown = Takedown.objects.create()
    cache.clock.now += HEARTBEAT
    cache.edge.follow()
    assert count_files(cache.root) == 0
    assert count_emptied_edges(takedown) == 1


def test_edge_that_could_not_be_emptied_is_emptied_later(
    cache: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **options: object) -> None:
        raise PermissionError

    fill(cache.root)
    takedown = Takedown.objects.create()
    with monkeypatch.context() as context:
        context.setattr(Path, "unlink", refuse)
        for _attempt in range(2):
            with pytest.raises(PermissionError):
                cache.edge.follow()
    assert count_emptied_edges(takedown) == 0
    cache.edge.follow()
    assert count_files(cache.root) == 0
    assert count_emptied_edges(takedown) == 1


def test_new_process_empties_the_same_edge_after_recent_takedowns(cache: SimpleNamespace) -> None:
    recent = Takedown.objects.create()
    old = Takedown.objects.create(at=now() - RETENTION - timedelta(seconds=1))
    for _start in range(2):
        fill(cache.root)
        EdgeCache(cache.root, cache.version).follow()
        assert count_files(cache.root) == 0
        assert count_emptied_edges(recent) == 1
    assert not Takedown.objects.filter(pk=old.pk).exists()


def test_edge_of_a_stopped_machine_is_reported_until_its_pages_are_too_old(
    cache: SimpleNamespace,
) -> None:
    stopped = Edge.objects.create(name="edge-of-another-machine")
    takedown = Takedown.objects.create(at=now() - timedelta(minutes=1))
    for _start in range(3):
        EdgeCache(cache.root, cache.version).follow()
    assert not_emptied_since() == takedown.at
    Edge.objects.filter(pk=stopped.pk).update(seen_at=now() - RETENTION)
    assert not_emptied_since() is None
    EdgeCache(cache.root, cache.version).follow()
    assert not Edge.objects.filter(pk=stopped.pk).exists()


def test_dashboard_warns_until_all_edges_are_empty(
    client: Client, db: None, settings: object
) -> None:
    settings.EDGE_CACHE_ROOT = "/data/edge"
    client.force_login(User.objects.create(username="a", is_superuser=True))

    def warns() -> bool:
        html = client.get("/admin/").content.decode()
        return "Not every server has deleted its copy" in html

    takedown = Takedown.objects.create(at=now())
    assert not warns()
    Takedown.objects.update(at=now() - timedelta(minutes=1))
    assert warns(), "no process empties an edge"
    edges = [Edge.objects.create(name=f"edge-{number}") for number in range(2)]
    takedown.edges.add(edges[0])
    assert warns()
    takedown.edges.add(edges[1])
    assert not warns()
    Takedown.objects.create(at=now() - timedelta(minutes=1))
    assert warns()
    settings.EDGE_CACHE_ROOT = ""
    assert not warns()


def test_edge_script_deletes_old_pages(tmp_path: Path) -> None:
    script = (settings.BASE_DIR / "deploy/edge.sh").read_text()
    found = re.search(r"^  find /data/edge (.+)$", script, re.MULTILINE)
    assert found
    fill(tmp_path)
    for name, minutes in (("7/fd/6031", 9.1), ("7/fe/6032", 8.9)):
        modified = time.time() - minutes * 60
        os.utime(tmp_path / name, (modified, modified))
    subprocess.run(["find", str(tmp_path), *found[1].split()], check=True)
    assert not (tmp_path / "7/fd/6031").exists()
    assert count_files(tmp_path) == 2
