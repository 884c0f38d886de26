"""Measurements over HTTP and in a browser, as readers get the pages."""

import re
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from shutil import which
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from bench import site
from bench.report import Report

if TYPE_CHECKING:  # at run time, only functions that need a browser import Playwright
    from playwright.sync_api import Browser, ViewportSize

PHONE: "ViewportSize" = {"width": 360, "height": 740}
# Accept-Encoding of the measured requests. The static file in `compare_rates` is compressed so.
ENCODING = "br"
FIRST_LOAD, WHOLE_SCROLL = 90, 250  # KB


def get(port: int, path: str = "/", **headers: str) -> tuple[int, dict, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def measure_rate(port: int, seconds: int) -> float:
    """Requests per second for the home page, with 32 connections."""
    if not which("wrk"):
        raise RuntimeError("wrk is missing: apt install wrk")
    command = ["wrk", "-t2", "-c32", f"-d{seconds}s", "-H", f"Accept-Encoding: {ENCODING}"]
    command.append(f"http://127.0.0.1:{port}/")
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError("some responses were errors")
    return float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1])  # type: ignore[index]


def compare_rates(report: Report, port: int, rounds: int, seconds: int) -> None:
    """Compares cached pages with a static file of the same bytes, in alternating rounds."""
    html = get(port, **{"Accept-Encoding": ENCODING})[2]
    rows: list[tuple[str, float, int | None]] = [
        ("cached, gunicorn alone, against nginx static", 0.15, None)
    ]
    with site.static(html) as file, site.edge(port) as edge:
        rows.append(("cached, behind the shipped edge, against nginx static", 0.85, edge))
        for what, target, where in rows:
            ratios = [
                measure_rate(where or port, seconds) / measure_rate(file, seconds)
                for _round in range(rounds)
            ]
            ratio = statistics.median(ratios)
            report.add(what, f"≥ {target}", f"{ratio:.2f}", ratio >= target)


def check_conditional_requests(report: Report, port: int, paths: list[str]) -> None:
    """Checks conditional requests on all pages except search results, which are not cached."""
    paths = [path for path in paths if "?" not in path]
    wrong = []
    for path in paths:
        _status, headers, _body = get(port, path)
        again = {"If-None-Match": headers.get("ETag", "")}
        status, second, body = get(port, path, **again)
        if status != 304 or body or "cookie" in (headers | second).get("Vary", "").lower():
            wrong.append(path)
    found = f"{len(paths) - len(wrong)} of {len(paths)}" + (f", not {wrong}" if wrong else "")
    report.add("304 without a body, no Vary: Cookie", "every page", found, not wrong)


def report_cold_site(report: Report, made: int, now_made: int, took: float) -> None:
    """Adds the row for `request_eight_times`.

    `made` and `now_made` are the numbers of renditions before and after those requests.
    """
    report.add(
        "8 visitors at once on a cold site",
        "no rendition made",
        f"all answered after {1000 * took:.0f} ms, {now_made - made} renditions made",
        now_made == made,
    )


def request_eight_times(port: int) -> float:
    """Seconds until eight simultaneous requests for the home page are answered."""
    start = time.perf_counter()
    with ThreadPoolExecutor(8) as visitors:
        statuses = list(visitors.map(lambda _visitor: get(port)[0], range(8)))
    if statuses != [200] * 8:
        raise RuntimeError(f"the statuses were {statuses}")
    return time.perf_counter() - start


def measure_loading(report: Report, port: int, visits: int) -> None:
    """Measures transferred bytes and paint times in a browser."""
    from playwright.sync_api import sync_playwright

    from tests.browser import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = browser.new_page(viewport=PHONE, device_scale_factor=2)
            devtools = page.context.new_cdp_session(page)
            seen: dict[str, float] = {}
            devtools.on(
                "Network.loadingFinished",
                lambda event: seen.update({event["requestId"]: event["encodedDataLength"]}),
            )
            devtools.send("Network.enable")
            page.goto(f"http://127.0.0.1:{port}/", wait_until="networkidle")
            first, size = len(seen), sum(seen.values()) / 1000
            report.add(
                "first load of home, 360 px",
                f"≤ 4 requests, ≤ {FIRST_LOAD} KB",
                f"{first} requests, {size:.0f} KB",
                first <= 4 and size <= FIRST_LOAD,
            )
            for _screen in range(60):
                page.mouse.wheel(0, 700)
                page.wait_for_timeout(60)
            page.wait_for_load_state("networkidle")
            whole = sum(seen.values()) / 1000
            wanted = f"≤ {WHOLE_SCROLL} KB"
            report.add("whole scroll of home", wanted, f"{whole:.0f} KB", whole <= WHOLE_SCROLL)
            page.close()
            _report_paint_times(report, browser, port, visits)
        finally:
            browser.close()


def _report_paint_times(report: Report, browser: "Browser", port: int, visits: int) -> None:
    """Reports the median of several first visits, each with an empty browser cache."""
    times = [_paint_times(browser, port) for _visit in range(visits)]
    fcp, lcp = (statistics.median(values) for values in zip(*times, strict=True))
    report.add(
        "FCP / LCP, 1.6 Mbit/s, 150 ms, CPU ×4",
        "≤ 0.4 / ≤ 0.75 s",
        f"{fcp / 1000:.2f} / {lcp / 1000:.2f} s",
        fcp <= 400 and lcp <= 750,
    )


def _paint_times(browser: "Browser", port: int) -> tuple[float, float]:
    """First and largest contentful paint of the home page, in milliseconds."""
    page = browser.new_page(viewport=PHONE, device_scale_factor=2)
    devtools = page.context.new_cdp_session(page)
    page.goto(f"http://127.0.0.1:{port}/robots.txt")  # starts the browser's processes first
    devtools.send("Network.enable")
    speed = {"downloadThroughput": 1_600_000 / 8, "uploadThroughput": 1_600_000 / 8}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, **speed})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(f"http://127.0.0.1:{port}/", wait_until="networkidle")
    fcp, lcp = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => {
            const fcp = performance.getEntriesByName('first-contentful-paint')[0];
            done([fcp ? fcp.startTime : NaN, list.getEntries().at(-1).startTime]);
        }).observe({type: 'largest-contentful-paint', buffered: true}))"""
    )
    page.close()
    return fcp, lcp


def measure_publishing(report: Report, port: int, publishes: int) -> None:
    """Measures for how long the site still sends the old page after a change is published.

    Requests the page until eight responses in a row have the change, so that both web processes
    have probably sent it.
    """
    from contextlib import nullcontext

    from django.db import transaction

    from mission.models import HomePage

    home = HomePage.objects.get(locale__language_code="en")
    took, stale = [], 0
    for number in range(publishes):
        words = f"Fresh {number} words"
        home.hero_statement = words
        with transaction.atomic() if number % 2 else nullcontext():
            home.save_revision().publish()
        start = time.perf_counter()
        in_a_row, last_old = 0, 0.0
        while in_a_row < 8 and time.perf_counter() - start < 5:
            with urlopen(Request(f"http://127.0.0.1:{port}/")) as response:
                is_new = words.encode() in response.read()
            if is_new:
                in_a_row += 1
            else:
                in_a_row, last_old = 0, time.perf_counter() - start
            time.sleep(0.002)
        took.append(1000 * last_old)
        stale += in_a_row < 8
    slowest = sorted(took)[min(len(took) - 1, round(0.99 * len(took)))]
    report.add(
        f"publish → fresh, 2 processes, {publishes} publishes",
        "none stale, p99 ≤ 150 ms",
        f"{stale} stale, p99 {slowest:.0f} ms",
        not stale and slowest <= 150,
    )
