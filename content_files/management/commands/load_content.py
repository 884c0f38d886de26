from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from tqdm import tqdm

from content_files import field_table, loader, reader
from content_files.errors import ErrorCollector, LoadError


class Command(BaseCommand):
    help = "Loads a folder of content files as pages. docs/content-files.md describes the files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("dir", type=Path, nargs="?")
        what.add_argument(
            "--fields",
            action="store_true",
            help="print the fields of each file as a Markdown table, and load nothing",
        )
        parser.add_argument(
            "--update",
            action="store_true",
            help="also update pages whose files changed, except pages that an editor changed",
        )

    def handle(
        self,
        dir: Path,  # noqa: A002
        fields: bool,
        update: bool,
        **options: object,
    ) -> None:
        if fields:
            self.stdout.write(field_table.markdown())
            return
        if not dir.is_dir():
            raise CommandError(f"{dir} is not a folder.")
        errors = ErrorCollector()
        with translation.override("en"):  # our own error messages are in English
            content = reader.read(dir, errors)
        if errors.lines:
            count = len(errors.lines)
            raise CommandError(
                "\n".join(errors.lines)
                + f"\n{count} mistake{'s' if count > 1 else ''} in {dir}; nothing was loaded."
            )
        if found := list(loader.conflicts(content)):
            raise CommandError("\n".join(found))
        try:
            report = loader.load(content, update=update, progress=self._progress)
        except LoadError as error:
            raise CommandError(f"{error}\nNothing was loaded.") from error
        for note in report.notes:
            self.stdout.write(note)
        self.stdout.write(
            f"Content of {dir}: {report.created} new, {report.updated} updated, "
            f"{report.unchanged} unchanged."
        )

    def _progress(self, steps: Iterable[None], total: int) -> Iterable[None]:
        """Show a progress bar on a terminal if loading takes more than two seconds."""
        return tqdm(steps, total=total, delay=2, disable=None, unit="step", leave=False)
