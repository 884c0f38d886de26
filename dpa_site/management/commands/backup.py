import subprocess
import tarfile
import tempfile
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from dpa_site.postgres_programs import arguments, program


class Command(BaseCommand):
    help = "Saves the database and everything uploaded into one file; deletes too old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "var/backups")

    def handle(self, to: Path, **options: object) -> None:
        media = Path(settings.MEDIA_ROOT)
        media.mkdir(parents=True, exist_ok=True)
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = to / f"{timezone.now():%Y-%m-%d-%H%M%S}.tar"
        unfinished = file.with_suffix(".unfinished")
        with tempfile.TemporaryDirectory(dir=to) as folder:
            dump = Path(folder, "database.dump")
            connection, environment = arguments()
            command = [
                program("pg_dump"),
                *connection,
                "--format=custom",
                "--no-owner",
                f"--file={dump}",
            ]
            subprocess.run(command, env=environment, check=True)
            unfinished.touch(mode=0o600)
            with tarfile.open(unfinished, "w") as tar:
                tar.add(dump, "database.dump")
                tar.add(media, "media")
        unfinished.rename(file)
        too_old = timezone.now() - timedelta(days=settings.BACKUP_DAYS)
        for old in to.glob("????-??-??-??????.tar"):
            if old.stat().st_mtime < too_old.timestamp():
                old.unlink()
        self.stdout.write(f"Saved {file}")
        if bucket := settings.STORAGES["default"].get("OPTIONS", {}).get("bucket_name"):
            self.stdout.write(f"Uploads are not in it: they are in the bucket {bucket}.")
