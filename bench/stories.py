"""Creates thousands of sample stories, to measure how speed depends on their number."""

import random
import time
import uuid
from datetime import timedelta

from django.db import connection
from tqdm import tqdm
from wagtail.models import Page

from consent.models import ConsentRecord
from stories.models import StoryIndexPage, StoryPage

BATCH = 1_000
FIRST = 50_000  # the starter content uses lower page paths
WORDS = [
    "care",
    "home",
    "law",
    "people",
    "work",
    "drug",
    "friend",
    "court",
    "school",
    "health",
    "city",
    "street",
    "mother",
    "bridge",
    "doctor",
    "bread",
    "letter",
    "winter",
    "garden",
    "train",
    "music",
    "river",
    "paper",
    "kitchen",
    "window",
    "neighbor",
    "meeting",
    "record",
]


def seed(count: int) -> float:
    """Adds stories until this module has made `count`, and returns the seconds this took."""
    index = StoryIndexPage.objects.get(locale__language_code="en")
    example = StoryPage.objects.child_of(index).live().exclude(portrait=None).first()
    already = StoryPage.objects.filter(slug__startswith="bench-").count()
    start = time.perf_counter()
    with tqdm(total=count, initial=already, unit="story") as progress:
        for done in range(already, count, BATCH):
            numbers = range(done, min(done + BATCH, count))
            _add_batch(index, example, numbers)
            progress.update(len(numbers))
    index.numchild = index.get_children().count()
    index.save(update_fields=["numchild"])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return time.perf_counter() - start


def _add_batch(index: StoryIndexPage, example: StoryPage, numbers: range) -> None:
    fields = [field.name for field in Page._meta.concrete_fields if not field.primary_key]
    pages = []
    for number in numbers:
        values = {name: getattr(example, name) for name in fields}
        rng = random.Random(number)  # noqa: S311  the same stories in each run
        values |= {
            "title": f"{' '.join(rng.choices(WORDS, k=6))} rare{number % 500}word".capitalize(),
            "slug": f"bench-{number}",
            "path": f"{index.path}{Page._int2str(FIRST + number).rjust(4, '0')}",
            "url_path": f"{index.url_path}bench-{number}/",
            "translation_key": uuid.UUID(int=rng.getrandbits(128), version=4),
            "first_published_at": example.first_published_at - timedelta(minutes=number + 1),
            "latest_revision": None,
            "live_revision": None,
        }
        pages.append(Page(**values))
    Page.objects.bulk_create(pages)
    made = [page.pk for page in pages]
    _add_story_rows(example, made)
    through, issues = StoryPage.issues.through, list(example.issues.all())
    through.objects.bulk_create(
        through(storypage_id=pk, issuepage_id=issue.pk) for pk in made for issue in issues
    )


def _add_story_rows(example: StoryPage, made: list[int]) -> None:
    """Adds rows of StoryPage that are copies of `example` with other keys.

    Django's bulk_create rejects models with multi-table inheritance.
    """
    names = [field.column for field in StoryPage._meta.local_concrete_fields]
    key, *others = [connection.ops.quote_name(name) for name in names]
    own = {'"consent_id"': "made.record"}  # each story is about a different person
    values = {
        field.attname: getattr(example.consent, field.attname)
        for field in ConsentRecord._meta.concrete_fields
        if field.name not in {"id", "key"}
    }
    records = ConsentRecord.objects.bulk_create(ConsentRecord(**values) for _ in made)
    copied = ", ".join(own.get(name, f"example.{name}") for name in others)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO stories_storypage ({', '.join([key, *others])}) "  # noqa: S608  our columns
            f"SELECT made.pk, {copied} FROM stories_storypage example, "
            "unnest(%s::int[], %s::int[]) made(pk, record) "
            f"WHERE example.{key} = %s",
            [made, [record.pk for record in records], example.pk],
        )
        # Each story has a published revision by the same editor.
        cursor.execute(
            "WITH revision AS (INSERT INTO wagtailcore_revision (content_type_id,"
            " base_content_type_id, object_id, created_at, user_id, object_str, content) "
            "SELECT content_type_id, base_content_type_id, made.pk, created_at, %s, object_str,"
            " content FROM wagtailcore_revision, unnest(%s::int[]) made(pk) WHERE id = %s "
            "RETURNING id, object_id, created_at) "
            "UPDATE wagtailcore_page SET latest_revision_id = revision.id,"
            " live_revision_id = revision.id, latest_revision_created_at = revision.created_at "
            "FROM revision WHERE wagtailcore_page.id = revision.object_id::int",
            [example.owner_id, made, example.latest_revision_id],
        )
        # Each search entry is a copy of the search entry of `example`, with the new title first.
        cursor.execute(
            "INSERT INTO search_searchentry "
            "(page_id, language, search_type, published_at, issues, text, normalized, words,"
            " heading) "
            "SELECT page.id, language, search_type, page.first_published_at, issues,"
            " page.title || '. ' || text,"
            " lower(page.title) || '  ' || normalized, to_tsvector('english', page.title) || words,"
            " setweight(to_tsvector('english', page.title), 'A') "
            "FROM wagtailcore_page page, search_searchentry "
            "WHERE page_id = %s AND page.id = ANY(%s)",
            [example.pk, made],
        )
