"""Checks the site on the newest Wagtail and Django that the other packages allow.

`make check-next` runs this. It installs into `var/venv-next`; the lock files and `.venv` stay as
they are. docs/upgrading.md says what to do with the result.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from dpa_site.devtools import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var/venv-next"
PYTHON = FOLDER / "bin/python"
LIMITED = re.compile(r"^(Django|wagtail)~=[\d.]+", re.MULTILINE)
INCLUDE = re.compile(r"^-[cr] .*\n", re.MULTILINE)
SHOWN = ("Django", "wagtail", "wagtail-localize", "django-allauth", "psycopg")
VERSIONS = f"""
import sys
from importlib.metadata import version
print("Python", sys.version.split()[0], *(f"· {{name}} {{version(name)}}" for name in {SHOWN}))
"""
DATABASE = "upgrade"
# Check only our apps: we cannot add migrations that other packages lack.
OWN_APPS = sorted(path.parent.name for path in ROOT.glob("*/apps.py"))
IN_PARALLEL = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadgroup")
TESTS = ("-q", "-m", "not browser", *IN_PARALLEL, "--no-loadscope-reorder")


def requirements() -> str:
    """The requirements of site and tests, without the version limits of Wagtail and Django."""
    site, tests = ((ROOT / name).read_text() for name in ("requirements.in", "requirements-dev.in"))
    return LIMITED.sub(r"\1", site) + INCLUDE.sub("", tests)


def install(python: str) -> None:
    """Install the newest versions that fit together into an empty environment."""
    FOLDER.parent.mkdir(exist_ok=True)
    asked, found = FOLDER.with_suffix(".in"), FOLDER.with_suffix(".txt")
    asked.write_text(requirements())
    uv = Path(sys.executable).with_name("uv")
    compile_ = (uv, "pip", "compile", "--quiet", "--upgrade", "--no-header")
    _run(*compile_, "--python", python, "--output-file", found, asked)
    _run(uv, "venv", "--quiet", "--clear", "--python", python, FOLDER)
    _run(uv, "pip", "sync", "--quiet", "--python", PYTHON, found)


def print_changed_templates() -> None:
    """Print our templates that override a changed template, so that a person compares the two."""
    locked, newest = (
        {path.as_posix().rpartition("/templates/")[2]: path for path in _templates(folder)}
        for folder in (ROOT / ".venv", FOLDER)
    )
    own = (path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.*"))
    for name in sorted({path.as_posix() for path in own} & locked.keys()):
        if name not in newest or locked[name].read_bytes() != newest[name].read_bytes():
            print(f"Our template {name} overrides one that has changed.", flush=True)


def _templates(environment: Path) -> Iterator[Path]:
    """The templates of allauth and Wagtail, because ours override some of them."""
    for package in ("allauth", "wagtail"):
        for folder in environment.glob(f"lib/python*/site-packages/{package}"):
            found = (path for path in folder.rglob("templates/**/*.*") if path.is_file())
            yield from (path for path in found if "project_template" not in path.parts)


def check() -> None:
    """Run the checks, migrations as in an upgrade, and the tests that need no browser."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "dpa_site.settings.test", "DATABASE_URL": _database()}
    _run(PYTHON, "manage.py", "check")
    _run(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run", *OWN_APPS)
    for python in (sys.executable, PYTHON):  # the locked versions, then the newest
        _run(python, "manage.py", "migrate", "--verbosity", "0")
    del os.environ["DATABASE_URL"]
    _run(PYTHON, "-m", "pytest", *TESTS)


def _database() -> str:
    """The URL of an empty database on the server of the tests."""
    server = embedded_postgres.ensure(ROOT / "var/postgres-test", durable=False)
    user, host = server["USER"], server["HOST"]
    connection = psycopg.connect(user=user, host=host, dbname="postgres", autocommit=True)
    with closing(connection) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    return f"postgres://{user}@{host.replace('/', '%2F')}/{DATABASE}"


def _run(*command: object) -> None:
    """Run a command. End the program if it fails."""
    run = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if run.returncode:
        raise SystemExit(f"This command failed: {' '.join(map(str, command))}")


if __name__ == "__main__":
    install(sys.argv[1])
    _run(PYTHON, "-c", VERSIONS)
    print_changed_templates()
    check()
    _run(PYTHON, "-c", VERSIONS)
