"""Background jobs and the schedule of periodic tasks. `manage.py run_worker` runs them.

Any number of workers may run: PostgreSQL gives each job to one of them. A job whose worker died is
retried, so every scheduled command must be safe to restart at any point.
"""

from django.conf import settings
from django.core.management import call_command
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status
from procrastinate.retry import RetryDecision

from dpa_site.caching import cdn

EVERY_MINUTE = "* * * * *"  # the precision of the times that editors enter
SCHEDULE = {
    "publish_scheduled": EVERY_MINUTE,
    "expire_consent": EVERY_MINUTE,
    # Makes the public files of pictures whose consent has begun or was changed outside the CMS.
    "show_pictures": EVERY_MINUTE,
    # The command itself works only at night in TIME_ZONE; cron times are in UTC.
    "check_links": EVERY_MINUTE,
    "mail_due_reviews": "5 * * * *",
    "purge_uploads": "35 * * * *",
    "purge_contacts": "25 * * * *",
    "purge_draft_links": "30 * * * *",
    "purge_signatures": "20 * * * *",
    "rekey": "40 * * * *",
    "clearsessions": "45 * * * *",
    "purge_renditions": "15 8 * * *",  # UTC, night in the Americas
}
if settings.BACKUP_PUBLIC_KEY:
    SCHEDULE["backup"] = "10 8 * * *"  # UTC, night in the Americas
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


def _schedule(command: str, cron: str) -> None:
    """Register a management command as a periodic task.

    At most one run is active and one queued, so that slow runs do not pile up.
    """

    @app.periodic(cron=cron)
    @app.task(name=command, lock=command, queueing_lock=command, retry=RETRY)
    def run(timestamp: int) -> None:
        try:
            call_command(command)
        except Exception as error:
            if app.job_manager.list_jobs(queueing_lock=command, status="todo"):
                raise NextRunQueued from error
            raise


for _command, _cron in SCHEDULE.items():
    _schedule(_command, _cron)


@app.task(name=cdn.TASK, retry=PURGE_RETRY)
def purge_cdn() -> None:
    cdn.purge()


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Retry the jobs of killed workers, which have sent no heartbeat for 30 seconds."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        lock = job.queueing_lock
        if lock and await manager.list_jobs_async(queueing_lock=lock, status="todo"):
            # The next run is already queued.
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        else:
            await manager.retry_job(job)


@app.periodic(cron="50 3 * * *")
@app.task(name="delete_old_jobs", queueing_lock="delete_old_jobs", pass_context=True)
async def delete_old_jobs(context: JobContext, timestamp: int) -> None:
    await context.app.job_manager.delete_old_jobs(nb_hours=JOB_RETENTION_HOURS, include_failed=True)
