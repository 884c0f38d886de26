import shutil
import subprocess
import tarfile
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dpa_site.postgres_programs import arguments, program


class Command(BaseCommand):
    help = "Brings back a backup. What is in the database and among the uploads now is replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, file: Path, **options: object) -> None:
        media = Path(settings.MEDIA_ROOT)
        media.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=media.parent) as folder:
                with tarfile.open(file) as tar:
                    tar.extractall(folder, filter="data")
                saved = Path(folder, "media")
                if not Path(folder, "database.dump").is_file() or not saved.is_dir():
                    raise CommandError(f"{file} is no backup of this site; nothing was changed.")
                connection, environment = arguments()
                command = [
                    program("pg_restore"),
                    *connection,
                    "--clean",
                    "--if-exists",
                    "--no-owner",
                ]
                command += ["--single-transaction", "--exit-on-error", f"{folder}/database.dump"]
                subprocess.run(command, env=environment, check=True)
                # Emptied, not replaced: in a container the folder itself is a mount.
                for old in media.iterdir():
                    shutil.rmtree(old) if old.is_dir() else old.unlink()
                for path in saved.iterdir():
                    shutil.move(path, media / path.name)
        except (OSError, tarfile.TarError, subprocess.CalledProcessError) as error:
            raise CommandError(f"{file} could not be restored: {error}") from error
        self.stdout.write(f"Restored {file}")
