"""Other sites to compare with, each in its own virtual environment in var/."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS_FOLDER = HERE.parent / "var/bench/peers"
DEMO = os.environ.get("BAKERYDEMO", "https://github.com/wagtail/bakerydemo")
DEMO_NEEDS = (
    *("python-dotenv", "wagtail-font-awesome-svg", "django-extensions", "dj-database-url"),
    *("django-debug-toolbar<5", "django-csp<4"),
)


@dataclass
class Peer:
    name: str
    folder: Path
    python: Path
    settings: str

    def run(self, *arguments: str) -> str:
        environment = _clean_environment() | {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "DJANGO_SECRET_KEY": "for measuring only",
            "DJANGO_DEBUG": "off",
            "DATABASE_URL": f"sqlite:///{self.folder}/bench.sqlite3",
        }
        done = subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {done.stderr.strip().splitlines()[-1:]}")
        return done.stdout

    def measure_home(self, rounds: int) -> dict:
        return json.loads(self.run(str(HERE / "inside.py"), "/", str(rounds)).splitlines()[-1])


def _clean_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def _start(folder: Path, *command: str | Path) -> None:
    """Creates a new site with a peer's own command."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(
        [*command, "start", "mysite", folder],
        env=_clean_environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _environment(name: str, *packages: str) -> Path:
    """Python with these packages and with our versions of Wagtail and Django."""
    folder = PEERS_FOLDER / f"{name}-venv"
    python = folder / "bin/python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        ours = [f"{package}=={version(package)}" for package in ("wagtail", "django")]
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *ours, *packages],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        (folder / "ready").touch()
    return python


def wagtail_start() -> Peer:
    """The nearly empty site that `wagtail start` creates."""
    python, folder = _environment("start"), PEERS_FOLDER / "start"
    _start(folder, python, "-m", "wagtail.bin.wagtail")
    return _prepare(Peer("wagtail start", folder, python, "mysite.settings.production"))


def bakerydemo() -> Peer:
    """Wagtail's demonstration site, with its own content."""
    folder = PEERS_FOLDER / "bakerydemo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", "--depth=1", DEMO, folder], check=True)  # noqa: S607
    python = _environment("bakerydemo", *DEMO_NEEDS)
    local = folder / "bakerydemo/settings/bench.py"
    local.write_text(
        "from .base import *\nDEBUG = False\nALLOWED_HOSTS = ['*']\nSECRET_KEY = 'bench'\n"
        "STORAGES['staticfiles'] = {'BACKEND':"
        " 'django.contrib.staticfiles.storage.StaticFilesStorage'}\n"
    )
    peer = Peer("bakerydemo", folder, python, "bakerydemo.settings.bench")
    peer.run("manage.py", "migrate", "--verbosity=0")
    peer.run("manage.py", "load_initial_data")
    return peer


def codered() -> Peer:
    """The site that `coderedcms start` creates, without its page cache."""
    python, folder = _environment("codered", "coderedcms"), PEERS_FOLDER / "codered"
    _start(folder, python.parent / "coderedcms")
    return _prepare(Peer("CodeRed CMS", folder, python, "mysite.settings.bench"))


def _prepare(peer: Peer) -> Peer:
    settings = peer.folder / "mysite/settings"
    (settings / "bench.py").write_text(
        "from .base import *\nDEBUG = False\nALLOWED_HOSTS = ['*']\nSECRET_KEY = 'bench'\n"
        "WAGTAIL_CACHE = False\n"
        "STORAGES = {'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'},"
        " 'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'}}\n"
    )
    peer.settings = "mysite.settings.bench"
    peer.run("manage.py", "migrate", "--verbosity=0")
    return peer
