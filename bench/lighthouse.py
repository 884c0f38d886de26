"""Lighthouse scores of each page type. Lighthouse is installed in var/ and runs in Node."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.request import urlopen

from bench.peers import PEERS_FOLDER
from bench.report import Report

WHAT = "Lighthouse, lowest of four categories on each page type"
PACKAGE = "lighthouse@12.2.3"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


def _program() -> Path:
    npm = shutil.which("npm")
    if not npm:
        raise RuntimeError("npm is missing: Lighthouse needs Node")
    folder = PEERS_FOLDER / "lighthouse"
    program = folder / "node_modules/.bin/lighthouse"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "install", "--silent", "--no-save", "--ignore-scripts", PACKAGE],
            cwd=folder,
            check=True,
        )
    return program


def _scores(program: Path, url: str, categories: tuple[str, ...]) -> dict[str, int]:
    from tests.browser import chromium

    done = subprocess.run(
        [
            program,
            url,
            *("--quiet", "--output=json", f"--only-categories={','.join(categories)}"),
            f"--chrome-flags={CHROMIUM}",
        ],
        env=os.environ | {"CHROME_PATH": chromium.find() or ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)["categories"]
    return {name: round(100 * (found[name]["score"] or 0)) for name in categories}


def audit(report: Report, port: int, paths: list[str]) -> None:
    from editorial.models import Sample

    program = _program()
    for kind in Sample.__subclasses__():  # samples are noindex, which lowers the SEO score
        kind.objects.update(is_sample=False)
    below_maximum = []
    for path in paths:
        urlopen(f"http://127.0.0.1:{port}{path}").close()
        # Search result pages are noindex on purpose.
        categories = CATEGORIES[:-1] if path.startswith("/search/") else CATEGORIES
        scores = _scores(program, f"http://127.0.0.1:{port}{path}", categories)
        below_maximum += [
            f"{score} ({name} of {path})" for name, score in scores.items() if score < 100
        ]
    report.add(WHAT, "100", "; ".join(below_maximum) or f"100 on {len(paths)}", not below_maximum)
