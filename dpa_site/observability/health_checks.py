"""What operators should know: each check says in one sentence whether a part of the site works.

Monitors and administrators read the same list. Its sentences contain no personal data and no titles
of pages.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import django
import wagtail
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from wagtail.models import Page, Revision

from cms.panels import PUBLISHED_WITHIN, cdn_not_purged_since
from dpa_site import migrations_state
from dpa_site.backups import store
from dpa_site.caching import cdn, edge
from dpa_site.models import LastError
from dpa_site.observability import database_state
from dpa_site.version import VERSION
from dpa_site.worker import QUEUES
from editorial.translations.schedule import waits_for_original
from site_settings.time_zone import format_with_time_zone

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HEARTBEAT = timedelta(seconds=60)  # workers send one every ten seconds
# How long a job of each queue may wait before its worker is thought to be stuck.
LONGEST_WAIT = {
    "schedule": timedelta(minutes=3),
    "outgoing": timedelta(minutes=15),
    "default": timedelta(hours=1),
}
BACKUP_AGE = timedelta(hours=26)  # a backup is made each night
CERTIFICATE = "check_certificate"  # the job
ASK_STORAGE = {"backups", "storage"}  # these checks may send requests to a bucket
CACHE_SECONDS = 300
STORAGE_ERRORS = (OSError, BotoCoreError, ClientError)


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"

    @property
    def label(self) -> "StrOrPromise":
        return {"ok": _("OK"), "warning": _("Warning"), "problem": _("Problem")}[self]


class Result(NamedTuple):
    state: State
    sentence: str
    detail: str = ""  # figures for operators


class Check(NamedTuple):
    name: str
    title: str
    state: State
    sentence: str
    detail: str


def run_all(*, cached: bool = False) -> list[Check]:
    """The results of all checks, in the order of CHECKS. The texts are in the active language.

    If `cached` is true, results of ASK_STORAGE may be up to CACHE_SECONDS old.
    """
    checks = []
    result: Any
    for name, (title, function) in CHECKS.items():
        if cached and name in ASK_STORAGE:
            key = f"health-{name}-{get_language()}"
            result = cache.get_or_set(key, partial(_run, function), CACHE_SECONDS)
        else:
            result = _run(function)
        checks.append(Check(name, str(title), *result))
    return checks


def _run(function: Callable[[], Result]) -> Result:
    try:
        with transaction.atomic():  # so that the next check can use the database
            return function()
    except (DatabaseError, *STORAGE_ERRORS) as error:
        # The message may quote a host or a password.
        return Result(State.PROBLEM, gettext("This could not be checked."), type(error).__name__)


def worker() -> Result:
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=now() - HEARTBEAT).count()
    # Each process of the worker registers once for each queue.
    processes = alive // len(QUEUES)
    detail = gettext("Running workers: %(count)s") % {"count": processes}
    if not alive:
        words = gettext(
            "No worker runs: nothing is published on schedule, and no email is sent. Start it with "
            "“manage.py run_worker”."
        )
        return Result(State.PROBLEM, words, detail)
    for queue, longest in LONGEST_WAIT.items():
        since = _waiting_since(queue)
        if since and since < now() - longest:
            words = gettext("The jobs of the queue “%(queue)s” have been waiting since %(time)s.")
            words %= {"queue": queue, "time": format_with_time_zone(since)}
            return Result(State.PROBLEM, words, detail)
    if alive % len(QUEUES):
        words = gettext("A worker does not run all of its queues. Restart it.")
        return Result(State.WARNING, words, detail)
    return Result(State.OK, gettext("Background jobs run."), detail)


def _waiting_since(queue: str) -> datetime | None:
    """When the oldest due job of the queue could have begun."""
    due = Coalesce("scheduled_at", Min("procrastinateevent__at"))
    jobs = ProcrastinateJob.objects.filter(queue_name=queue, status="todo").annotate(due=due)
    return jobs.filter(due__lt=now()).aggregate(since=Min("due"))["since"]


def schedule() -> Result:
    limit = now() - PUBLISHED_WITHIN
    late = Revision.page_revisions.filter(approved_go_live_at__lt=limit)
    pages: Any = Page.objects.filter(pk__in=list(late.values_list("object_id", flat=True)))
    to_publish = sum(not waits_for_original(page) for page in pages)
    to_unpublish = Page.objects.filter(live=True, expire_at__lt=limit).count()
    if not (to_publish or to_unpublish):
        return Result(State.OK, gettext("No page is late."))
    words = gettext(
        "Pages that should have gone live already: %(publish)s. Pages that should no longer be "
        "public: %(unpublish)s."
    )
    return Result(State.PROBLEM, words % {"publish": to_publish, "unpublish": to_unpublish})


def mail() -> Result:
    jobs = ProcrastinateJob.objects.filter(queue_name="outgoing", status__in=("todo", "doing"))
    counts = jobs.aggregate(waiting=Count("pk"), retried=Count("pk", filter=Q(attempts__gt=0)))
    detail = gettext("Waiting: %(waiting)s. Of these, failed before: %(retried)s.") % counts
    if not counts["retried"]:
        return Result(State.OK, gettext("No email waits for another attempt."), detail)
    failing = jobs.filter(attempts__gt=0).values("task_name")
    if last := LastError.objects.filter(job__in=failing).order_by("at").last():
        error = gettext("Last error: %(error)s in the job %(job)s, on %(time)s.")
        fields = {"error": last.error, "job": last.job, "time": format_with_time_zone(last.at)}
        detail = f"{detail} {error % fields}"
    words = ngettext(
        "%(count)s email or message to another server failed and will be tried again. See "
        "“manage.py check_mail”.",
        "%(count)s emails or messages to other servers failed and will be tried again. See "
        "“manage.py check_mail”.",
        counts["retried"],
    )
    return Result(State.WARNING, words % {"count": counts["retried"]}, detail)


def jobs() -> Result:
    """Jobs that were given up. A later success of a scheduled command makes up for its failure."""
    later = ProcrastinateJob.objects.filter(
        task_name=OuterRef("task_name"), status="succeeded", pk__gt=OuterRef("pk")
    )
    failed = ProcrastinateJob.objects.filter(
        Q(queueing_lock=None) | ~Exists(later), status="failed"
    ).exclude(task_name__in=(cdn.TASK, CERTIFICATE))  # see `purges` and `certificate`
    rows = failed.values_list("task_name").annotate(Count("pk")).order_by("task_name")
    counts = dict(rows)
    if not counts:
        return Result(State.OK, gettext("No job was given up in the last three days."))
    words = ngettext(
        "%(count)s job was given up in the last three days.",
        "%(count)s jobs were given up in the last three days.",
        sum(counts.values()),
    )
    errors = dict(LastError.objects.values_list("job", "error"))
    detail = ", ".join(
        f"{name}: {count} ({errors.get(name, '?')})" for name, count in counts.items()
    )
    return Result(State.WARNING, words % {"count": sum(counts.values())}, detail)


def backups() -> Result:
    if not settings.BACKUP_PUBLIC_KEY:
        words = gettext("No backups are made, because BACKUP_PUBLIC_KEY is not set.")
        return Result(State.WARNING, words)
    names = store.past_names()
    detail = gettext("Stored backups: %(count)s") % {"count": len(names)}
    if not names:
        return Result(State.PROBLEM, gettext("There is no backup yet."), detail)
    made_at = store.made_at(names[-1])
    words = gettext("The last backup was made on %(time)s.")
    words %= {"time": format_with_time_zone(made_at)}
    is_old = made_at < now() - BACKUP_AGE
    return Result(State.PROBLEM if is_old else State.OK, words, detail)


def purges() -> Result:
    if settings.EDGE_CACHE_ROOT and (since := edge.not_emptied_since()):
        words = gettext("Not every server has deleted its copy of what was taken down at %(time)s.")
        return Result(State.PROBLEM, words % {"time": format_with_time_zone(since)})
    if since := cdn_not_purged_since():
        words = gettext(
            "The content delivery network (CDN) has not received page changes since %(time)s."
        )
        return Result(State.PROBLEM, words % {"time": format_with_time_zone(since)})
    return Result(State.OK, gettext("The caches between the site and its readers are up to date."))


def storage() -> Result:
    if not default_storage.is_ready():  # type: ignore[attr-defined]
        words = gettext("The storage of uploads is not available. See “manage.py check_storage”.")
        return Result(State.PROBLEM, words)
    return Result(State.OK, gettext("The storage of uploads is available."))


def certificate() -> Result:
    """What the nightly job found. Nothing is requested here."""
    if not settings.HTTPS:
        return Result(State.OK, gettext("SITE_URL does not begin with https://."))
    runs = ProcrastinateJob.objects.filter(task_name=CERTIFICATE)
    last = runs.filter(Q(status__in=("succeeded", "failed")) | Q(attempts__gt=0)).order_by("pk")
    if not (run := last.last()):
        return Result(State.OK, gettext("The certificate has not been checked yet."))
    if run.status == "succeeded":
        return Result(State.OK, gettext("The certificate is valid."))
    words = gettext(
        "The certificate is not valid, was not renewed, or could not be checked. See “manage.py "
        "check_certificate”."
    )
    return Result(State.WARNING, words)


def database() -> Result:
    problems = list(database_state.problems())
    state = State.PROBLEM if database_state.is_read_only() else State.WARNING
    words = " ".join(problems) or gettext("The database has the settings that the site needs.")
    return Result(state if problems else State.OK, words, database_state.describe())


def version() -> Result:
    detail = f"Django {django.__version__}, Wagtail {wagtail.__version__}"
    if migrations_state.is_behind():
        words = gettext("The database is older than the code. Run “manage.py release”.")
        return Result(State.PROBLEM, words, detail)
    words = gettext("The site runs version %(version)s.") % {"version": VERSION}
    return Result(State.OK, words, detail)


# Name in `/-/health`: title for people, and the function that checks.
CHECKS: dict[str, tuple["StrOrPromise", Callable[[], Result]]] = {
    "worker": (_("Background jobs"), worker),
    "schedule": (_("Scheduled pages"), schedule),
    "mail": (_("Emails"), mail),
    "jobs": (_("Failed jobs"), jobs),
    "backups": (_("Backups"), backups),
    "purges": (_("Caches"), purges),
    "storage": (_("Storage"), storage),
    "certificate": (_("Certificate"), certificate),
    "database": (_("Database"), database),
    "version": (_("Version"), version),
}


def worst_state(checks: list[Check]) -> State:
    return max((check.state for check in checks), key=list(State).index)
