"""deploy/nginx.conf repeats names and headers of the application."""

import json
import re

import pytest
import yaml
from django.conf import settings
from gunicorn.config import Config

from dpa_site.assets import media
from dpa_site.caching import cdn, edge, page_cache
from editorial.registry import page_types

CONFIGURATION = (settings.BASE_DIR / "deploy/nginx.conf").read_text("utf-8")
OWN_LOCATIONS = {"/media/", "/static/", "/admin/"}
UNCACHED_PATHS = [path for path in settings.UNCACHED_PATHS if path not in OWN_LOCATIONS]


def test_edge_ignores_tracking_parameters() -> None:
    names = "|".join(settings.TRACKING_PARAMETERS)
    assert f'"~^(({names})=[^&]*&?)+$" "";' in CONFIGURATION, (
        f"Write {names} into the map $asked of nginx.conf."
    )


def test_edge_knows_query_parameters_of_all_page_types() -> None:
    written = re.search(r"\^\(\(([a-z|]+)\)=\[a-z0-9-\]", CONFIGURATION)
    assert written
    names = {name for model in page_types() for name in model.query_names}
    assert set(written[1].split("|")) == names, (
        "Write the names of the filters of all list pages into the map $unknown of nginx.conf."
    )


def test_edge_knows_cookies_that_bypass_the_page_cache() -> None:
    names = "|".join(page_cache.personal_cookies())
    assert f'"~*({names})=" 1;' in CONFIGURATION, (
        f"Write {names} into the map $personal of nginx.conf."
    )


def test_edge_excludes_paths_of_page_cache() -> None:
    names = "|".join(path.strip("/") for path in UNCACHED_PATHS)
    assert f"location ~ ^/({names})/ {{" in CONFIGURATION


def test_edge_sends_same_headers_with_renditions() -> None:
    locations = re.findall(r"location ~ \^/media/images/.*?\n        \}", CONFIGURATION, re.DOTALL)
    assert len(locations) == 2
    for location in locations:
        assert f'add_header Cache-Control "{media.CACHE_CONTROL}";' in location
        for name in cdn.TAG_HEADERS:
            assert f"add_header {name} {cdn.TAG};" in location
    [drawings] = [location for location in locations if "svg" in location]
    assert f'add_header Content-Security-Policy "{media.SVG_POLICY}";' in drawings


def test_durations_and_sizes_of_the_edge_cache_agree() -> None:
    def number(file: str, pattern: str) -> int:
        found = re.findall(pattern, (settings.BASE_DIR / file).read_text("utf-8"))
        assert len(found) == 1, f"{file} has no {pattern}, or several."
        return int(found[0])

    fresh = number("deploy/cached-page.conf", r"proxy_cache_valid 200 301 302 404 410 (\d+)s;")
    assert fresh < cdn.POLL_INTERVAL, "The CDN would fetch the old page."
    deleted_after = number("deploy/edge.sh", r"find /data/edge .*-mmin \+(\d+)")
    unhealthy_after = number("compose.yaml", r"-mmin \+(\d+)")
    assert deleted_after < unhealthy_after < edge.RETENTION.total_seconds() / 60
    cache_size = number("deploy/nginx.conf", r"max_size=(\d+)m")
    assert cache_size < number("compose.yaml", r"size=(\d+)m,"), "The volume would be full."


def test_cdn_guide_names_paths_that_are_never_cached() -> None:
    text = (settings.BASE_DIR / "docs/cdn.md").read_text("utf-8")
    for name in (*UNCACHED_PATHS, settings.SESSION_COOKIE_NAME):
        assert f"`{name}`" in text, f"Write `{name}` into docs/cdn.md, under *What to cache*."


def test_edge_cache_key_has_the_host_sent_to_the_application() -> None:
    """A redirect made for a request with a forged port must not be sent to other readers."""
    key = re.search(r'proxy_cache_key "[^"]*\$protocol(\$\w+)\$path', CONFIGURATION)
    sent = re.search(
        r"proxy_set_header Host (\$\w+);",
        (settings.BASE_DIR / "deploy/to-application.conf").read_text("utf-8"),
    )
    assert key
    assert sent
    assert key[1] == sent[1] == "$http_host"


def test_gunicorn_ignores_the_script_name_header() -> None:
    """With `SCRIPT_NAME: /forged`, a page whose URLs are all wrong would be cached."""
    written = re.search(
        r'^forwarder_headers = "(.*)"', (settings.BASE_DIR / "gunicorn.conf.py").read_text(), re.M
    )
    assert written
    config = Config()
    config.set("forwarder_headers", written[1])
    assert config.forwarder_headers == []
    assert Config().forwarder_headers != []


def test_worker_and_edge_use_the_same_cache_directory() -> None:
    compose = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")
    found = re.search(r"EDGE_CACHE_ROOT: (\S+)", compose)
    assert found
    # Once for web, once for edge, and once for worker and release together.
    assert compose.count(f"- edge:{found[1]}\n") == 3
    assert re.findall(r"proxy_cache_path (\S+)", CONFIGURATION) == [found[1]]
    assert f"find {found[1]} " in (settings.BASE_DIR / "deploy/edge.sh").read_text("utf-8")


def test_edge_does_not_keep_files_of_cached_pages_open() -> None:
    """nginx sends a deleted file as long as the file is open."""
    assert "open_file_cache" not in CONFIGURATION


def test_worker_empties_the_edge_for_longer_than_a_request_takes() -> None:
    found = re.search(r"proxy_read_timeout (\d+)s;  # slightly more than gunicorn", CONFIGURATION)
    assert found
    assert int(found[1]) < edge.REQUEST_SECONDS


MAPS = dict(re.findall(r"map [^{]*? (\$\w+) {\n(.*?)\n    }", CONFIGURATION, re.DOTALL))


@pytest.mark.parametrize("name", MAPS)
def test_map_lists_the_empty_value_if_a_pattern_matches_it(name: str) -> None:
    """nginx compares no pattern with an empty value: without a `""` line, it uses the default."""
    patterns = re.findall(r'^ +"~\*?(.*)" \S+;', MAPS[name], re.MULTILINE)
    if any(re.search(pattern.replace("(?<", "(?P<"), "") for pattern in patterns):
        assert re.search(r'^ +"" ', MAPS[name], re.MULTILINE), name


def test_requests_with_a_body_wait_and_are_not_refused() -> None:
    """Every request that a network may have open (limit_conn) may wait (burst minus delay)."""
    assert "limit_req_zone $sending_network zone=sent:10m rate=10r/s;" in CONFIGURATION
    [(burst, delay)] = re.findall(r"limit_req zone=sent burst=(\d+) delay=(\d+);", CONFIGURATION)
    [most] = {*re.findall(r"limit_conn sending_network (\d+);", CONFIGURATION)}
    assert int(burst) >= int(delay) + int(most)


def test_cached_pages_come_first_when_processors_are_busy() -> None:
    compose = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text("utf-8"))
    shares = {
        name: service.get("cpu_shares", 1024) for name, service in compose["services"].items()
    }
    assert shares["edge"] > shares["db"] > shares["web"] > shares["worker"] == shares["release"]


def test_log_of_the_edge_is_json_and_names_the_unit_of_time() -> None:
    """$request_time is in seconds, but `ms` in the log of the application is in milliseconds."""
    log_format = re.search(r"log_format seen escape=json (.*?);", CONFIGURATION, re.DOTALL)
    assert log_format
    text = "".join(re.findall(r"'([^']*)'", log_format[1])).replace("$request_time", "0.005")
    line = json.loads(re.sub(r"\$status", "200", text))
    assert line["seconds"] == 0.005
    assert "ms" not in line
