"""The error pages that nginx sends without asking the application (deploy/nginx.conf)."""

from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

NAMES = ("400", "413", "429", "500", "signed_out")


def write(root: Path) -> None:
    """Write each page below `root`: `429.html` in the main language, `es/429.html` in Spanish.

    nginx may read a file at any moment, so each file is complete before it replaces the old file.
    Several processes may write at the same time.
    """
    for code, _name in settings.LANGUAGES:
        folder = root if code == settings.LANGUAGE_CODE else root / code
        folder.mkdir(exist_ok=True)
        for name in NAMES:
            written = folder / f"{name}.{uuid4()}"
            with translation.override(code):
                written.write_text(render_to_string(f"{name}.html"), "utf-8")
            written.replace(folder / f"{name}.html")
