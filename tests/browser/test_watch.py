"""`Watch` records every error in a browser window."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.navigation import visit, watches


@pytest.mark.parametrize(
    ("script", "mistake"),
    [
        ("setTimeout(() => { throw new Error('broken') })", "script error: broken"),
        ("document.body.append(Object.assign(new Image(), {src: '/static/no.png'}))", "404"),
        ("fetch('https://www.example.org/').catch(() => {})", "www.example.org"),
        ("document.body.innerHTML += '<p style=\"color: red\">'", "Content Security Policy"),
        ("fetch('/-/style/error/500/')", "/-/style/error/500/ answered 500"),
    ],
    ids=["script error", "missing file", "another host", "policy", "server error"],
)
def test_watch_records_errors(new_page: Callable[..., Page], script: str, mistake: str) -> None:
    page = new_page()
    visit(page, "/about/")
    watch = watches[page]
    assert watch.errors == []
    page.evaluate(f"() => {{ {script} }}")
    for _frame in range(300):
        if watch.errors:
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    # `new_page` fails the test if errors are left.
    found, watch.errors = watch.errors, []
    assert mistake in "\n".join(found)


def test_watch_records_unexpected_status(new_page: Callable[..., Page]) -> None:
    page = new_page()
    with pytest.raises(AssertionError, match="answered 404, not 200"):
        visit(page, "/not-here/")
    page.evaluate("location.assign('/not-here-either/')")
    page.wait_for_url("**/not-here-either/")
    found, watches[page].errors = watches[page].errors, []
    assert [mistake.rpartition("/not-here")[2] for mistake in found] == [
        "/ answered 404",
        "-either/ answered 404",
    ]


def test_browser_tests_use_visit_and_expect() -> None:
    # test_offline_copy.py opens a local file with `kept.goto`.
    forbidden = re.compile(r"wait_for_timeout|networkidle|sleep\(|(?<!kept)\.goto\(")
    here = Path(__file__).parent
    paths = set(here.glob("*.py")) - {here / "navigation.py", Path(__file__)}
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(paths)
        for line in path.read_text("utf-8").splitlines()
        if forbidden.search(line)
    ]
    allowed = [
        "editor.py: page.wait_for_timeout(250)",  # polls the database
        "other_browsers.py: time.sleep(0.2)",  # polls the port of a driver
    ]
    assert found == allowed, "Use visit() to open pages, and expect() to wait."
