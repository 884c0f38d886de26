"""`/-/metrics`: Prometheus metrics, protected by METRICS_TOKEN."""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import wraps

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from dpa_site.backups import store
from dpa_site.observability import health_checks
from dpa_site.observability.health_checks import State
from dpa_site.version import VERSION

DUE_JOBS = """
    SELECT status::text, count(*),
           coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, added))), 0)
    FROM (
        SELECT job.*, (SELECT min(at) FROM procrastinate_events WHERE job_id = job.id) AS added
        FROM procrastinate_jobs AS job WHERE status IN ('todo', 'doing', 'failed')
    ) AS job
    WHERE scheduled_at IS NULL OR scheduled_at < now() GROUP BY status"""
LAST_SUCCESS = """
    SELECT task_name, extract(epoch FROM max(at)) FROM procrastinate_events AS event
    JOIN procrastinate_jobs AS job ON job.id = event.job_id
    WHERE type = 'succeeded' GROUP BY task_name"""


class Jobs(Collector):
    """Due jobs by status, and when each job last succeeded, from the job queue's tables."""

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
            cursor.execute(DUE_JOBS)
            for status, jobs, seconds in cursor.fetchall():
                count.add_metric([status], jobs)
                age.add_metric([status], float(seconds))
            cursor.execute(LAST_SUCCESS)
            for name, timestamp in cursor.fetchall():
                last.add_metric([name], float(timestamp))
        yield from (count, age, last)


class Backups(Collector):
    """Time of the last backup. Omitted if there is no backup or the storage is unreachable."""

    def collect(self) -> Iterator[Metric]:
        last = GaugeMetricFamily(
            "site_backup_last_timestamp_seconds", "When the last backup was made."
        )
        with contextlib.suppress(OSError, BotoCoreError, ClientError):
            for name in store.past_names()[-1:]:
                last.add_metric([], store.made_at(name).timestamp())
        yield last


class Health(Collector):
    """The state of each health check. Alert rules use it (deploy/prometheus/alerts.yaml)."""

    def collect(self) -> Iterator[Metric]:
        health = GaugeMetricFamily(
            "site_health", "State: 0 is ok, 1 a warning, 2 a problem.", labels=("check",)
        )
        for check in health_checks.run_all():
            health.add_metric([check.name], list(State).index(check.state))
        yield health


class Version(Collector):
    """The version of the site: `site_info{version="1.0.0"} 1`."""

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("site", "The version of the site.", value={"version": VERSION})


def requires_token(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Respond with 404 if the token is wrong or missing, to hide that the URL exists."""

    @wraps(view)
    def check_token(request: HttpRequest) -> HttpResponse:
        authorization = request.headers.get("Authorization", "")
        token = settings.METRICS_TOKEN
        if not token or not constant_time_compare(authorization, f"Bearer {token}"):
            return HttpResponse(status=404)
        return view(request)

    return check_token


@requires_token
def metrics_view(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(Jobs())
    registry.register(Backups())
    registry.register(Health())
    registry.register(Version())
    metrics = generate_latest(registry) + generate_latest(_requests())
    return HttpResponse(metrics, content_type=CONTENT_TYPE_LATEST)


def _requests() -> CollectorRegistry:
    """Request metrics of all processes on this machine.

    Without PROMETHEUS_MULTIPROC_DIR, those of this process only.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
