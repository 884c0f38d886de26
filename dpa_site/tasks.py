"""What happens by itself, and when: the one list of it. `manage.py run_worker` does it.

Any number of workers may run: PostgreSQL gives each job to one of them. A job that a worker died
over is given out again; so every command in the list may begin anew at any moment.
"""

from django.conf import settings
from django.core.management import call_command
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status
from procrastinate.retry import RetryDecision

from dpa_site.caching import cdn

EVERY_MINUTE = "* * * * *"  # which is what editors choose times by
SCHEDULE = {
    "publish_scheduled": EVERY_MINUTE,
    "expire_consent": EVERY_MINUTE,
    "check_links": EVERY_MINUTE,  # of the night: the command knows our time zone, cron only UTC
    "mail_due_reviews": "5 * * * *",
    "purge_uploads": "35 * * * *",
    "purge_contacts": "25 * * * *",
    "purge_signatures": "20 * * * *",
}
if settings.BACKUP_PUBLIC_KEY:
    SCHEDULE["backup"] = "10 8 * * *"  # at night in America
JOB_RETENTION_HOURS = 72  # a job that is done, so that one can see that it ran
# A network of others may be away for longer; meanwhile it keeps old pages for ten minutes at most.
PURGE_RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)  # an hour in all


class NextRunQueued(Exception):
    """A command failed whose next turn is queued: one may wait, so this one cannot any more."""


class Again(RetryStrategy):
    """A mail server or a disk may be back in a minute; after that the next turn is as good."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, NextRunQueued):
            return None
        return super().get_retry_decision(exception=exception, job=job)


AGAIN = Again(max_attempts=2, wait=20)  # seconds


def _schedule(command: str, when: str) -> None:
    """Once at a time, and waiting at most once: a slow turn must not pile up others."""

    @app.periodic(cron=when)
    @app.task(name=command, lock=command, queueing_lock=command, retry=AGAIN)
    def run(timestamp: int) -> None:
        try:
            call_command(command)
        except Exception as error:
            if app.job_manager.list_jobs(queueing_lock=command, status="todo"):
                raise NextRunQueued from error
            raise


for _command, _when in SCHEDULE.items():
    _schedule(_command, _when)


@app.task(name=cdn.TASK, retry=PURGE_RETRY)
def purge_cdn() -> None:
    cdn.purge()


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Gives out again what a worker held that was killed: it says nothing for half a minute."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        turn = job.queueing_lock
        if turn and await manager.list_jobs_async(queueing_lock=turn, status="todo"):
            await manager.finish_job(job, Status.FAILED, delete_job=False)  # the next one waits
        else:
            await manager.retry_job(job)


@app.periodic(cron="50 3 * * *")
@app.task(name="delete_old_jobs", queueing_lock="delete_old_jobs", pass_context=True)
async def delete_old_jobs(context: JobContext, timestamp: int) -> None:
    await context.app.job_manager.delete_old_jobs(nb_hours=JOB_RETENTION_HOURS, include_failed=True)
