"""`/-/metrics`: figures for Prometheus, for whoever knows METRICS_TOKEN."""

import contextlib
import os
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from dpa_site.backups import store

WAITING = """
    SELECT status::text, count(*),
           coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, added))), 0)
    FROM (
        SELECT job.*, (SELECT min(at) FROM procrastinate_events WHERE job_id = job.id) AS added
        FROM procrastinate_jobs AS job WHERE status IN ('todo', 'doing', 'failed')
    ) AS job
    WHERE scheduled_at IS NULL OR scheduled_at < now() GROUP BY status"""
LAST_DONE = """
    SELECT task_name, extract(epoch FROM max(at)) FROM procrastinate_events AS event
    JOIN procrastinate_jobs AS job ON job.id = event.job_id
    WHERE type = 'succeeded' GROUP BY task_name"""


class Jobs(Collector):
    """What the worker has to do, and when it last did it, as the database knows."""

    def collect(self) -> Iterator[Metric]:
        count = GaugeMetricFamily("site_jobs", "Jobs that are due.", labels=("status",))
        age = GaugeMetricFamily(
            "site_jobs_oldest_seconds", "Age of the oldest job that is due.", labels=("status",)
        )
        last = GaugeMetricFamily(
            "site_job_last_success_timestamp_seconds",
            "When the job last succeeded.",
            labels=("job",),
        )
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            for status, number, seconds in cursor.fetchall():
                count.add_metric([status], number)
                age.add_metric([status], float(seconds))
            cursor.execute(LAST_DONE)
            for name, moment in cursor.fetchall():
                last.add_metric([name], float(moment))
        yield from (count, age, last)


class Backups(Collector):
    """When the latest was made; nothing where there is none, or where nobody can look."""

    def collect(self) -> Iterator[Metric]:
        last = GaugeMetricFamily(
            "site_backup_last_timestamp_seconds", "When the last backup was made."
        )
        with contextlib.suppress(OSError, BotoCoreError, ClientError):
            for name in store.all_names()[-1:]:
                last.add_metric([], store.made_at(name).timestamp())
        yield last


def answer(request: HttpRequest) -> HttpResponse:
    """404 without the token, as if it were not there."""
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if not token or not constant_time_compare(given, f"Bearer {token}"):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(Jobs())
    registry.register(Backups())
    figures = generate_latest(registry) + generate_latest(_requests())
    return HttpResponse(figures, content_type=CONTENT_TYPE_LATEST)


def _requests() -> CollectorRegistry:
    """Of all processes of this machine; of this one alone where they share no folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
