import shutil
import subprocess
import tarfile
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from consent import withdrawal
from dpa_site.postgres_programs import arguments, program


class Command(BaseCommand):
    help = (
        "Brings back a backup. What is in the database and among the uploads now is replaced; "
        "what people withdrew stays withdrawn."
    )

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
                kept = withdrawal.records()  # the backup may be older than the list
                command += ["--single-transaction", "--exit-on-error", f"{folder}/database.dump"]
                subprocess.run(command, env=environment, check=True)
                # Emptied, not replaced: in a container the folder itself is a mount.
                for old in media.iterdir():
                    shutil.rmtree(old) if old.is_dir() else old.unlink()
                for path in saved.iterdir():
                    shutil.move(path, media / path.name)
        except (OSError, tarfile.TarError, subprocess.CalledProcessError) as error:
            raise CommandError(f"{file} could not be restored: {error}") from error
        call_command("migrate", interactive=False, verbosity=0)  # a backup of an older version
        withdrawal.keep(kept)
        call_command("apply_withdrawals", stdout=self.stdout)
        self.stdout.write(f"Restored {file}")
