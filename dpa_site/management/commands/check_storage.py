import errno
import secrets

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.management.base import BaseCommand, CommandError

# What is in each of these storages.
STORAGES = {
    "default": "uploads",
    "renditions": "public sizes of pictures",
    "backups": "backups",
}

# compose.yaml mounts the directory of backups in this way in `web`, but not in the worker.
READ_ONLY = "The storage of backups is read-only here, which is right in “web” and wrong elsewhere."


class Command(BaseCommand):
    help = "Writes, reads and deletes a small file in each bucket or directory of the site."
    requires_system_checks: list = []

    def handle(self, **options: object) -> None:
        failed = []
        for alias, content in STORAGES.items():
            try:
                _write_read_and_delete(storages[alias])
            except (OSError, BotoCoreError, ClientError) as error:
                if alias == "backups" and getattr(error, "errno", None) == errno.EROFS:
                    self.stdout.write(READ_ONLY)
                else:
                    failed.append(f"The storage of {content} cannot be used: {error}")
            else:
                self.stdout.write(f"The storage of {content} works.")
        if failed:
            raise CommandError("\n".join(failed))


def _write_read_and_delete(storage: Storage) -> None:
    content = secrets.token_bytes(32)
    name = storage.save(f"check-{secrets.token_hex(8)}", ContentFile(content))
    try:
        with storage.open(name) as file:
            if file.read() != content:
                raise OSError("the file that was read differs from the file that was written.")
    finally:
        storage.delete(name)
    if storage.exists(name):
        raise OSError("the file was deleted, but it still exists.")
