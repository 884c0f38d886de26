import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import F
from django.utils.timezone import localdate, localtime

from cms.internal_links import is_internal, is_reachable
from cms.link_fetcher import LinkChecker
from cms.links import reindex_links
from cms.models import Link

NIGHT_HOURS = range(1, 5)


class Command(BaseCommand):
    help = "Finds broken links on our pages. Checks each URL once a night."
    stealth_options = ("checker",)  # used by tests

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="check all links now, at any hour")

    def handle(self, *, now: bool, checker: LinkChecker | None = None, **options: object) -> None:
        if not now and localtime().hour not in NIGHT_HOURS:
            return
        # Limit the run, so that other scheduled jobs do not wait. The next run continues a minute
        # later.
        end = time.monotonic() + (float("inf") if now else settings.LINK_CHECK_SECONDS)
        today = localdate()
        if now or not Link.objects.filter(last_checked=today).exists():
            reindex_links()
        due = Link.objects.all() if now else Link.objects.exclude(last_checked=today)
        checker, count = checker or LinkChecker(), 0
        for link in due.order_by(F("last_checked").asc(nulls_first=True), "pk"):
            if time.monotonic() >= end:
                break
            link.record_check(_check(link, checker), today)
            count += 1
        self.stdout.write(f"{count} links checked; {Link.objects.broken().count()} are broken.")


def _check(link: Link, checker: LinkChecker) -> Any:
    try:
        is_ours = link.url.startswith(Link.PAGE_PREFIX) or is_internal(link.url)
    except ValueError:  # such as “http://[” in a text; the other links are still checked
        return Link.Result.NO_RESPONSE
    if is_ours:
        return Link.Result.WORKS if is_reachable(link.url) else Link.Result.NOT_PUBLIC
    return checker.check(link.url)
