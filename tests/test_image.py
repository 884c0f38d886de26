"""The Docker image contains only files that `.dockerignore` includes."""

import re
import subprocess

import pytest
import yaml
from django.conf import settings

ROOT = settings.BASE_DIR
DOCKERIGNORE = (ROOT / ".dockerignore").read_text("utf-8")
TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines()
NOT_IN_IMAGE = re.compile(
    r"\.|bench/|deploy/|media/|tests/|typings/|docs/(?!editors)|"
    r"[A-Z]\w+(\.md)?$|[\w.]+\.yaml$|deno\.jsonc$|requirements(-dev\.txt|.*\.in)$"
)


def is_copied(path: str) -> bool:
    """Whether Docker sends a file to the build. docs.docker.com describes `.dockerignore`."""
    copied = True
    for line in DOCKERIGNORE.splitlines():
        pattern = line.strip().removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        parts = (re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**/"))
        regex = "(?:.*/)?".join(parts).replace("[^/]*[^/]*", ".*")
        if re.fullmatch(f"{regex}(/.*)?", path):
            copied = line.startswith("!")
    return copied


@pytest.mark.parametrize(
    "name",
    [
        *("backup.key", "backup.key.pub", ".env", ".env.old", "env", "dump.sql", "dump.sql.gz"),
        *("2026-11-25-081000.tar.age", "id_ed25519", "server.pem", "stories.csv", "people.xlsx"),
        *("db.sqlite3", "form.pdf", "portrait.jpg", "notes.md", "page.html", "config.yaml"),
        *("id_rsa", "secrets.txt"),
    ],
)
def test_image_has_no_stray_files(name: str) -> None:
    folders = {path.rpartition("/")[0] for path in TRACKED}
    wanted = {  # directories where a file of this type belongs
        "notes.md": "starter|docs/editors",
        "page.html": "templates",
        "config.yaml": "starter",
        "secrets.txt": "templates/[a-z]+/(mails|messages|notifications)",
    }
    for folder in sorted(folders):
        path = f"{folder}/{name}".lstrip("/")
        if name not in wanted or not re.match(wanted[name], folder):
            assert not is_copied(path), f"{path} would be part of the image."


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".venv/lib/django/apps.py",
            "stories/.venv/a.py",
            "var/notes.py",
            "media/cms_images/a.png",
        ),
        *("staticfiles/css/a.css", ".git/hooks/pre-commit.py", "tests/factories.py"),
    ],
)
def test_image_has_no_files_of_development(path: str) -> None:
    assert not is_copied(path)


def test_image_has_every_file_of_the_site() -> None:
    assert len(TRACKED) > 500
    for path in TRACKED:
        if path == "LICENSE" or not NOT_IN_IMAGE.match(path):
            assert is_copied(path), f"Let {path} in by a line in .dockerignore."


def test_web_has_all_volumes() -> None:
    """The `volumes` of `web` replace those of `x-site`. Folders outside volumes are read-only."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    mounted = [volume.removesuffix(":ro") for volume in compose["services"]["web"]["volumes"]]
    all_volumes = compose["x-site"]["volumes"]
    assert mounted == all_volumes
    folders = {volume.rpartition(":")[2] for volume in all_volumes}
    written = ("EDGE_CACHE_ROOT", "UPLOAD_TEMP_DIR", "ERROR_PAGES_ROOT")
    assert {compose["x-site"]["environment"][name] for name in written} <= folders
