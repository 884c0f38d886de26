from django.conf import settings
from django.core.management.base import BaseCommand

from actions.rekeying import WRONG_KEY, EncryptionState
from dpa_site import migrations_state, worker
from dpa_site.caching import cdn, edge
from dpa_site.caching.version import CacheVersion
from dpa_site.observability import database_state


class Command(BaseCommand):
    help = "Runs background jobs and scheduled tasks until it is stopped."

    def handle(self, **options: object) -> None:
        database_state.require()
        if migrations_state.is_behind():
            raise SystemExit(migrations_state.BEHIND)
        if EncryptionState.is_key_wrong():
            raise SystemExit(WRONG_KEY)
        cache_version = CacheVersion()
        cache_version.listen()
        edge.start_emptying(cache_version)
        if settings.CDN_PURGE_URL:
            cdn.start_purging(cache_version)
        worker.run()
