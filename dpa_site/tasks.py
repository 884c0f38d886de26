"""Background jobs and the schedule of periodic tasks. `manage.py run_worker` runs them.

Any number of workers may run: PostgreSQL gives each job to one of them. A job whose worker died is
retried, so every scheduled command must be safe to restart at any point.
"""

import logging

from django.conf import settings
from django.core.management import call_command
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status
from procrastinate.retry import RetryDecision
from procrastinate.tasks import Task

from dpa_site.caching import cdn

logger = logging.getLogger("dpa_site.tasks")
EVERY_MINUTE = "* * * * *"  # the precision of the times that editors enter
# The commands of each queue (dpa_site/worker.py) and when they run.
SCHEDULE = {
    # Short, and without waiting for another server, so that they do not delay each other.
    "schedule": {
        "publish_scheduled": EVERY_MINUTE,
        "expire_consent": EVERY_MINUTE,
        "purge_uploads": "35 * * * *",
        "purge_contacts": "25 * * * *",
        "purge_draft_links": "30 * * * *",
        "purge_signatures": "20 * * * *",
        "clearsessions": "45 * * * *",
    },
    # These may take minutes.
    "default": {
        # Makes the public files of pictures whose consent has begun or was changed outside the CMS.
        "show_pictures": EVERY_MINUTE,
        # The command itself works only at night in TIME_ZONE; cron times are in UTC.
        "check_links": EVERY_MINUTE,
        "rekey": "40 * * * *",
        "purge_renditions": "15 8 * * *",  # UTC, night in the Americas
    },
    "outgoing": {
        "mail_due_reviews": "5 * * * *",
        "remind_stewards": "15 * * * *",
    },
}
if settings.BACKUP_PUBLIC_KEY:
    SCHEDULE["default"]["backup"] = "10 8 * * *"  # UTC, night in the Americas
if settings.HTTPS:
    SCHEDULE["default"]["check_certificate"] = "50 8 * * *"
JOB_RETENTION_HOURS = 72  # finished jobs stay visible to operators
# A CDN outage may last longer than the retries. Without purges, the CDN serves old pages for ten
# minutes at most.
PURGE_RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)  # almost three hours in total


class NextRunQueued(Exception):
    """Raised when a job fails while its next run is already queued.

    The queueing lock allows only one queued run, so the failed one is not retried.
    """


class CommandRetry(RetryStrategy):
    """Retries failed commands, unless the next run is already queued.

    A mail server or a disk may work again within a minute. After that, the next scheduled run is
    soon enough.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, NextRunQueued):
            return None
        return super().get_retry_decision(exception=exception, job=job)


RETRY = CommandRetry(max_attempts=2, wait=20)  # seconds


def _schedule(command: str, cron: str, queue: str) -> None:
    """Register a management command as a periodic task.

    At most one run is active and one queued, so that slow runs do not pile up.
    """

    @app.periodic(cron=cron)
    @app.task(name=command, queue=queue, lock=command, queueing_lock=command, retry=RETRY)
    def run(timestamp: int) -> None:
        try:
            call_command(command)
        except Exception as error:
            if app.job_manager.list_jobs(queueing_lock=command, status="todo"):
                raise NextRunQueued from error
            raise


for _queue, _commands in SCHEDULE.items():
    for _command, _cron in _commands.items():
        _schedule(_command, _cron, _queue)


@app.task(name=cdn.TASK, queue=cdn.QUEUE, retry=PURGE_RETRY)
def purge_cdn() -> None:
    cdn.purge()


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="retry_stalled", queue="schedule", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Retry the jobs of killed workers, which have sent no heartbeat for 30 seconds.

    A job may be what kills the workers, so it is given up after its usual number of retries.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        lock = job.queueing_lock
        if lock and await manager.list_jobs_async(queueing_lock=lock, status="todo"):
            # The next run is already queued.
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        elif job.attempts >= _retries_allowed(context.app.tasks.get(job.task_name)):
            await manager.finish_job(job, Status.FAILED, delete_job=False)
            logger.error(
                "A job was given up, because the worker died each time it ran",
                extra={"fields": {"job": job.task_name, "attempts": job.attempts + 1}},
            )
        else:
            await manager.retry_job(job)


def _retries_allowed(task: Task | None) -> int:
    strategy = task.retry_strategy if task else None
    return strategy.max_attempts or 0 if isinstance(strategy, RetryStrategy) else 0


@app.periodic(cron="50 3 * * *")
@app.task(
    name="delete_old_jobs", queue="schedule", queueing_lock="delete_old_jobs", pass_context=True
)
async def delete_old_jobs(context: JobContext, timestamp: int) -> None:
    await context.app.job_manager.delete_old_jobs(nb_hours=JOB_RETENTION_HOURS, include_failed=True)
