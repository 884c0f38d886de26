import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import F
from django.utils.timezone import localdate, localtime

from cms.internal_links import is_ours, leads_somewhere
from cms.link_fetcher import Visitor
from cms.links import reindex_links
from cms.models import Link

NIGHT = range(1, 5)  # hours


class Command(BaseCommand):
    help = "Checks the links on our pages for broken ones: once a night for each URL."
    stealth_options = ("visitor",)  # from tests

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="check all links now, at any hour")

    def handle(self, *, now: bool, visitor: Visitor | None = None, **options: object) -> None:
        if not now and localtime().hour not in NIGHT:
            return
        # What else the clock asks for must not wait; the rest of the links comes a minute later.
        end = time.monotonic() + (float("inf") if now else settings.LINK_CHECK_SECONDS)
        today = localdate()
        if now or not Link.objects.filter(last_checked=today).exists():
            reindex_links()
        due = Link.objects.all() if now else Link.objects.exclude(last_checked=today)
        visitor, count = visitor or Visitor(), 0
        for link in due.order_by(F("last_checked").asc(nulls_first=True), "pk"):
            if time.monotonic() >= end:
                break
            link.answered(_answer(link, visitor), today)
            count += 1
        self.stdout.write(f"{count} links checked; {Link.objects.broken().count()} are broken.")


def _answer(link: Link, visitor: Visitor) -> Any:
    if link.address.startswith(Link.OWN_PAGE) or is_ours(link.address):
        return Link.Answer.FINE if leads_somewhere(link.address) else Link.Answer.HIDDEN
    return visitor.visit(link.address)
