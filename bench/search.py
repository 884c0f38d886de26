"""Measures searches among 10,000 pages: `python -m bench.search`.

The pages consist of the starter content's words, in the same frequency, and of 20,000 rare words.
"""

import os
import random
import re
import statistics
import sys
from collections import Counter
from io import StringIO
from time import perf_counter

os.environ["DJANGO_SETTINGS_MODULE"] = "dpa_site.settings.test"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    setup_databases,
    setup_test_environment,
    teardown_databases,
)
from wagtail.models import Page  # noqa: E402

from news.models import NewsIndexPage, NewsPage  # noqa: E402
from search.index import SearchEntry, build_entry  # noqa: E402

PAGES, WORDS, ROUNDS = 10_000, 500, 15
QUERIES = {
    "one page": "rare77words",
    "a rare word": "bicycle",
    "a common word": "drug",
    "on nearly every page": "people",
    "two common words": "drug law",
    "three letters": "com",
    "half a word": "decrimi",
    "nothing": "qqqqqq",
}


def seed(count: int) -> None:
    call_command("load_content", settings.BASE_DIR / "starter", stdout=StringIO())
    texts = " ".join(path.read_text("utf-8") for path in settings.BASE_DIR.glob("starter/**/*.md"))
    counted = Counter(re.findall(r"[A-Za-z’]+", texts))
    rare = {f"rare{number}words": 0.05 for number in range(20_000)}
    words, weights = zip(*(counted | rare).items(), strict=True)
    rng = random.Random(1)  # noqa: S311  the same pages in each run
    index = NewsIndexPage.objects.get()
    pages = []
    for number in range(count):
        body = " ".join(rng.choices(words, weights, k=WORDS))
        title, summary = " ".join(body.split()[:8]), " ".join(body.split()[8:38])
        page = NewsPage(
            title=title,
            slug=f"page-{number}",
            path=f"{index.path}{Page._int2str(2000 + number).rjust(4, '0')}",
            depth=index.depth + 1,
            url_path=f"{index.url_path}page-{number}/",
            locale=index.locale,
            summary=summary,
            body=[{"type": "text", "value": f"<p>{body}</p>"}],
        )
        pages.append(page)
    # Create plain Page rows, because bulk_create() rejects subclasses of Page. The search entries
    # are built from the news pages in memory, and a search reads only entries and plain pages.
    fields = [field.name for field in Page._meta.concrete_fields if not field.primary_key]
    plain = [Page(**{name: getattr(page, name) for name in fields}) for page in pages]
    for page, made in zip(pages, Page.objects.bulk_create(plain), strict=True):
        page.pk = page.id = made.pk
    SearchEntry.objects.bulk_create(map(build_entry, pages), batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(words: str) -> tuple[int, float, float]:
    """Number of pages found, and median milliseconds in the database and in total."""
    client, database_times, total_times = Client(), [], []
    for _round in range(ROUNDS + 1):
        start = perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = client.get("/search/", {"q": words})
        total_times.append(1000 * (perf_counter() - start))
        searches = (query for query in captured.captured_queries if "@@" in query["sql"])
        database_times.append(1000 * sum(float(query["time"]) for query in searches))
    found = response.context["results"].paginator.count
    return found, statistics.median(database_times[1:]), statistics.median(total_times[1:])


def main() -> None:
    setup_test_environment()
    connection.settings_dict["TEST"]["NAME"] = "bench_search"
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        start = perf_counter()
        seed(int(sys.argv[1]) if len(sys.argv) > 1 else PAGES)
        print(f"{SearchEntry.objects.count()} pages created in {perf_counter() - start:.0f} s")
        print(f"{'':24}{'found':>8}{'searching':>12}{'whole page':>12}   (milliseconds, medians)")
        for name, words in QUERIES.items():
            found, database, total = measure(words)
            print(f"{name:24}{found:8}{database:12.1f}{total:12.1f}")
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
