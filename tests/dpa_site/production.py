"""Runs code with the production settings in a new process.

The process is forked from a server that has already imported Django, because starting Python each
time took an eighth of the time of all tests that need no browser.
"""

import os
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl",
    "SIGNATURE_KEY": "zyxwvutsrqponmlkjihgfedcba9876543210zyxwvutsrqponmlkji",
    "DATABASE_URL": "postgres://somebody:secret@database.invalid/site",
    "ALLOWED_HOSTS": "www.example.org",
    "SITE_URL": "https://www.example.org",
}
TIMEOUT = 60  # seconds

_server = get_context("forkserver")
_server.set_forkserver_preload(["django.http", "environs"])


@dataclass(frozen=True)
class Run:
    """What a process printed, and its exit code."""

    returncode: int | None
    stdout: str
    stderr: str


def start(code: str = "", **environment: str) -> Run:
    """Import the production settings as `settings` in a new process, then run `code`.

    The process gets only PATH, HOME, LANG, DJANGO_SETTINGS_MODULE and the given variables.
    """
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with TemporaryDirectory() as folder:
        process = _server.Process(target=_run, args=(code, kept | environment, folder))
        process.start()
        process.join(TIMEOUT)
        out, err = ((Path(folder) / name).read_text() for name in ("stdout", "stderr"))
    return Run(process.exitcode, out, err)


def _run(code: str, environment: dict[str, str], folder: str) -> None:
    for number, name in enumerate(("stdout", "stderr"), start=1):
        with (Path(folder) / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="dpa_site.settings.production")
    os.chdir(ROOT)
    exec(f"import dpa_site.settings.production as settings\n{code}", {})  # noqa: S102
    sys.stdout.flush()
