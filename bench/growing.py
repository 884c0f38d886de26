"""Measurements inside the process, with a few stories and with thousands."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from bench import site
from bench.report import Report

if TYPE_CHECKING:
    from django.test import Client

PATHS = ("/", "/issues/", "/stories/", "/news/", "/about/", "/urgent-help/", "/search/?q=drug")
# Searches for rare words: each rareNword is on one page in 500. The last search is for the
# beginning of such a word.
SEARCHED = ("rare77word", "rare123word winter", "rare321wo")


def count_queries(paths: list[str]) -> dict[str, int]:
    """Number of queries for each path, after one request to warm up."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, found = Client(headers={"host": "127.0.0.1"}), {}
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        found[path] = len(asked)
    return found


def public_paths() -> list[str]:
    """URL paths of the first page of each page type, and of a search."""
    from wagtail.models import Page

    kinds: dict[type, str] = {}
    for page in Page.objects.live().filter(depth__gt=1, locale__language_code="en"):
        if not page.slug.startswith("bench-"):
            kinds.setdefault(page.specific_class, page.get_url() or "")
    return [*sorted(kinds.values()), "/search/?q=drug"]


def compare_query_counts(
    report: Report, few_counts: dict[str, int], many_counts: dict[str, int], number: int
) -> None:
    """Compares the queries per path with few stories and with `number` stories."""
    home, others = few_counts.pop("/"), few_counts
    most = max(others, key=lambda path: others[path])
    same = home == many_counts["/"] and all(many_counts[path] == others[path] for path in others)
    words = f"the same with {number:,} stories" if same else f"NOT the same: {many_counts}"
    report.add("queries, home, uncached", "≤ 7", f"{home}, {words}", home <= 7 and same)
    measured = f"at most {others[most]} ({most})"
    report.add("queries, any other page", "≤ 8", measured, others[most] <= 8 and same)


def milliseconds(ask: Callable[[], object], rounds: int) -> float:
    ask()
    took = []
    for _round in range(rounds):
        start = perf_counter()
        ask()
        took.append(1000 * (perf_counter() - start))
    return statistics.median(took)


def measure_story_pages(rounds: int) -> tuple[float, float]:
    """Milliseconds for the first and the last page of the story index."""
    from django.test import Client

    from stories.models import StoryIndexPage

    client = Client(headers={"host": "127.0.0.1"})
    index = StoryIndexPage.objects.get(locale__language_code="en")
    last = -(-index.listed_pages().count() // index.PER_PAGE)
    urls = (index.get_url(), f"{index.get_url()}?page={last}")
    for url in urls:
        if client.get(url).status_code != 200:
            raise RuntimeError(f"{url} does not exist")
    first, end = (milliseconds(lambda at=at: client.get(at), rounds) for at in urls)  # type: ignore[misc]
    return first, end


def compare_story_index(
    report: Report, few_database: str, rounds: int, turns: int, comparison: str
) -> None:
    """Compares the story index with the story index in the database `few_database`.

    Measurements alternate between the two databases, so that a temporary slowdown of the machine
    affects both.
    """
    pairs = []
    for _turn in range(turns):
        with site.database(few_database):
            before = measure_story_pages(rounds)
        pairs.append((before, measure_story_pages(rounds)))
    for number, what, target in ((0, "page 1", 1.1), (1, "last page", 1.3)):
        found = [(before[number], after[number]) for before, after in pairs]
        few, many = sorted(found, key=lambda pair: pair[1] / pair[0])[turns // 2]
        measured = f"{many / few:.2f} × ({few:.1f} → {many:.1f} ms)"
        row = f"stories, {what}, at {comparison}"
        report.add(row, f"≤ {target} ×", measured, many <= target * few)


def measure_search(report: Report, rounds: int, number: int) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, slowest, whole = Client(headers={"host": "127.0.0.1"}), 0.0, 0.0
    for words in SEARCHED:
        took = []
        for _round in range(rounds):
            with CaptureQueriesContext(connection) as asked:
                client.get("/search/", {"q": words})
            searches = (query for query in asked.captured_queries if "@@" in query["sql"])
            took.append(1000 * sum(float(query["time"]) for query in searches))
        slowest = max(slowest, statistics.median(took[1:]))
        asking = milliseconds(lambda q=words: client.get("/search/", {"q": q}), rounds)  # type: ignore[misc]
        whole = max(whole, asking)
    what = f"database time of a search for rare words, with {number:,} stories"
    measured = f"{slowest:.1f} ms; {whole:.0f} ms for the whole page"
    report.add(what, "≤ 5 ms", measured, slowest <= 5)


@contextmanager
def logged_in_client() -> Iterator["Client"]:
    """A client logged in as a superuser, who sees the longest menus."""
    from django.test import Client, override_settings

    from staff.models import User

    editor, _new = User.objects.get_or_create(username="bench", is_superuser=True)
    client = Client(headers={"host": "127.0.0.1"})
    with override_settings(TWO_STEP_LOGIN=False):
        client.force_login(editor)
        yield client


def measure_cms(report: Report, rounds: int, number: int) -> None:
    from stories.models import StoryIndexPage

    index = StoryIndexPage.objects.get(locale__language_code="en").pk
    with logged_in_client() as client:
        for what, url in (
            ("list of pages", f"/admin/pages/{index}/"),
            ("list of stories", "/admin/all-stories/"),
        ):
            what = f"CMS, {what} at {number:,} stories"
            if (status := client.get(url).status_code) != 200:
                report.not_measured(what, "≤ 200 ms", f"the status is {status}")
                continue
            took = milliseconds(lambda at=url: client.get(at), rounds)  # type: ignore[misc]
            report.add(what, "≤ 200 ms", f"{took:.0f} ms", took <= 200)


def measure_sorting(report: Report, rounds: int) -> None:
    """Measures the page listing in sorting mode with MAX_SORTABLE stories.

    That is the most that can be sorted by hand. This listing is not paginated.
    """
    from bench import stories
    from cms.listings import MAX_SORTABLE
    from stories.models import StoryIndexPage

    index = StoryIndexPage.objects.get(locale__language_code="en")
    stories.seed(MAX_SORTABLE - index.numchild)
    url = f"/admin/pages/{index.pk}/?ordering=ord"
    what = f"CMS, sorting by hand with {MAX_SORTABLE} stories (the maximum)"
    with logged_in_client() as client:
        rows = client.get(url).content.count(b"data-w-orderable-item-id")
        if rows != MAX_SORTABLE:
            report.not_measured(what, "≤ 1000 ms", f"the listing has {rows} rows")
            return
        took = milliseconds(lambda: client.get(url), rounds)
    report.add(what, "≤ 1000 ms", f"{took:.0f} ms", took <= 1000)


def measure_upload(report: Report) -> None:
    """Measures an upload of 12 megapixels: the times of the editor's request and of the worker."""
    import random
    from io import BytesIO

    from django.core.files.base import ContentFile
    from PIL import Image

    from pictures.models import Picture

    rng, image = random.Random(1), Image.new("RGB", (4000, 3000), "gray")  # noqa: S311
    # Noise, because photographs contain noise.
    for width, weight in ((8, 0.9), (40, 0.4), (200, 0.2), (1000, 0.1)):
        shape = (width, width * 3 // 4)
        noise = Image.frombytes("RGB", shape, rng.randbytes(shape[0] * shape[1] * 3))
        image = Image.blend(image, noise.resize(image.size), weight)
    data = BytesIO()
    image.save(data, "JPEG", quality=90)
    picture = Picture(title="Upload", shown="no-one", description="Shades")
    start = perf_counter()
    picture.file.save("upload.jpg", ContentFile(data.getvalue()), save=False)
    picture.save()
    waited = perf_counter() - start
    start = perf_counter()
    picture.make_sizes()
    made = perf_counter() - start
    measured = f"{made:.1f} s, {len(picture.sizes)} files; the editor waited {waited:.1f} s"
    report.add("upload → all renditions ready, in the worker", "≤ 2 s", measured, made <= 2)
    picture.delete()
