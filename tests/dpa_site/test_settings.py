"""Production settings: a missing or unsafe value stops the start with a one-line error."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from dpa_site.settings.environment import http_url
from tests.dpa_site.production import GOOD, start


def test_complete_environment_starts() -> None:
    names = ("DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    shown = f"print(*(getattr(settings, name) for name in {names}))"
    run = start(shown, **GOOD)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "False True True True\n"


@pytest.mark.parametrize("name", list(GOOD))
def test_missing_variable_is_named(name: str) -> None:
    run = start(**{key: value for key, value in GOOD.items() if key != name})
    assert run.returncode == 1
    assert run.stderr.startswith(f"{name} is not set: ")
    assert run.stderr.count("\n") == 1


# A variable; a value with which the site must not start; a part of the sentence that says so.
CASES = [
    ("SECRET_KEY", "short", "SECRET_KEY is too weak"),
    ("SECRET_KEY", "a" * 60, "SECRET_KEY is too weak"),
    ("SECRET_KEY", "django-insecure-" + GOOD["SECRET_KEY"], "SECRET_KEY is too weak"),
    (
        "SECRET_KEY",
        os.environ["SECRET_KEY"],
        "SECRET_KEY is too weak",
    ),  # the key of the test settings
    ("DEBUG", "1", "DEBUG is set"),
    ("SECRET_KEY_FILE", "/dev/null", "SECRET_KEY and SECRET_KEY_FILE are both set"),
    ("EMAIL_URL_FILE", "/nowhere", "EMAIL_URL_FILE is /nowhere"),
    ("ALLOWED_HOSTS", "www.example.org, *", "ALLOWED_HOSTS is '*'"),
    ("SITE_URL", "http://www.example.org", "must begin with https://"),
    ("SITE_URL", "www.example.org", "SITE_URL must be a URL"),
    ("DATABASE_URL", "sqlite:///site.db", "Only PostgreSQL is supported"),
    ("SITE_URL", "https://", "SITE_URL must be a URL with http or https and a host"),
    ("SITE_URL", "https://[::1", "SITE_URL must be a URL with http or https and a host"),
    ("SITE_URL", "http://localhost:8000", "ALLOWED_HOSTS does not list its host"),
    ("SECRET_KEY", f"development only {GOOD['SECRET_KEY']}", "SECRET_KEY is too weak"),
    ("SECRET_KEY_FALLBACKS", "weak", "SECRET_KEY_FALLBACKS is too weak"),
    ("BACKUP_PUBLIC_KEY", "age1of-our-own", "BACKUP_PUBLIC_KEY is not a public key"),
    ("SIGNATURE_KEY", "short", "SIGNATURE_KEY is too weak"),
    ("SIGNATURE_KEY_FALLBACKS", "weak", "SIGNATURE_KEY_FALLBACKS is too weak"),
    ("SIGNATURE_KEY", GOOD["SECRET_KEY"], "SIGNATURE_KEY is the same as SECRET_KEY"),
    ("WEBHOOK_URL", "http://crm.example.org", "WEBHOOK_URL must begin with https://"),
    ("WEBHOOK_URL", "https://crm.example.org", "WEBHOOK_SECRET is too weak"),
    ("EMAIL_URL", "pigeon://loft", "EMAIL_URL must begin with"),
    ("CDN_PURGE_URL", "cdn.example.org/purge", "CDN_PURGE_URL must be a URL"),
    ("CDN_PURGE_URL", "https://[::1", "CDN_PURGE_URL must be a URL"),
    ("S3_ENDPOINT_URL", "https://", "S3_ENDPOINT_URL must be a URL"),
    ("WEBHOOK_URL", "https://crm.example.org:port", "WEBHOOK_URL must be a URL"),
    ("DATABASE_URL", "postgres://user:pass[word@host/name", "DATABASE_URL is not a URL"),
    ("DATABASE_URL", "postgres://user:secret@host:port/name", "DATABASE_URL is not a URL"),
    ("DATABASE_URL", "postgres://user:sec/ret@host/name", "DATABASE_URL is not a URL"),
    ("CACHE_URL", "redis://:pass[word@host", "CACHE_URL is not a URL"),
    ("CACHE_URL", "redis://:sec/ret@host", "CACHE_URL is not a URL"),
    ("CACHE_URL", "memory", "CACHE_URL must be a URL with redis://"),
    ("CACHE_URL", "pigeon://loft", "CACHE_URL must be a URL with redis://"),
    ("EMAIL_URL", "smtp://user:pass[word@host", "EMAIL_URL is not a URL"),
    ("EMAIL_URL", "smtp://user:secret@host:99999", "EMAIL_URL is not a URL"),
    ("EMAIL_URL", "smtp://user:secret@host?timeout=soon", "EMAIL_URL is not a URL"),
    ("TIME_ZONE", "New York", "TIME_ZONE is not the name of a time zone"),
    ("TIME_ZONE", "America", "TIME_ZONE is not the name of a time zone"),
    ("TIME_ZONE", "/", "TIME_ZONE is not the name of a time zone"),
    ("TIME_ZONE", "../../etc/passwd", "TIME_ZONE is not the name of a time zone"),
    ("SITE_URL", "https://www.example.org/path", "SITE_URL must have nothing before the host"),
    ("SITE_URL", "https://www.example.org?query", "SITE_URL must have nothing before the host"),
    ("SITE_URL", "https://user:secret@www.example.org", "must have nothing before the host"),
    ("CDN_PURGE_HEADER", "a-token-alone", "CDN_PURGE_HEADER must be a name and a value"),
    ("LANGUAGES", "en,xx", "LANGUAGES contains xx, which is not the code of a language"),
    (
        "PERSONAL_DATA_RETENTION_DAYS",
        "0",
        "PERSONAL_DATA_RETENTION_DAYS must be a whole number from 1 to 365, not “0”.",
    ),
    ("PERSONAL_DATA_RETENTION_DAYS", "366", "a whole number from 1 to 365, not “366”"),
    ("PERSONAL_DATA_RETENTION_DAYS", "1", "CONFIRMATION_LINK_HOURS must not be longer"),
    ("CONFIRMATION_LINK_HOURS", "1.5", "a whole number from 1 to 168, not “1.5”"),
    ("BACKUP_RETENTION_DAYS", "1", "a whole number from 2 to 365, not “1”"),
    ("DRAFT_LINK_DAYS", "two weeks", "a whole number from 1 to 90, not “two weeks”"),
    ("SECRET_KEY", "used-once-while-the-image-is-built-0123456789-abcdefghij", "is too weak"),
    ("SIGNATURE_KEY", "used-once-while-the-image-is-built-abcdefghij-0123456789", "is too weak"),
    ("SITE_URL", "https://other.example", "ALLOWED_HOSTS does not list its host"),
    ("DATABASE_LISTEN_URL", "mysql://host/a", "DATABASE_LISTEN_URL must begin with postgres://"),
    ("POSTGRES_PASSWORD", "sec/ret", "DATABASE_URL is not a URL"),
    ("POSTGRES_PASSWORD", "sec#ret", "DATABASE_URL is not a URL"),
    ("WEBHOOK_SECRET", "short", "WEBHOOK_SECRET is too weak"),
    ("CACHE_URL", "memcached://host", "CACHE_URL must be a URL with redis://"),
    ("DEFAULT_FROM_EMAIL", "Editors", "DEFAULT_FROM_EMAIL must be an email address."),
    ("DEFAULT_FROM_EMAIL", "a@example.org\nBcc: b@example.org", "must be an email address."),
    ("EMAIL_URL", "postmark://", "EMAIL_URL lacks POSTMARK_SERVER_TOKEN"),
    ("MEDIA_ROOT", "media", "MEDIA_ROOT must be the absolute path of a directory"),
    ("BACKUP_ROOT", "/etc/passwd", "BACKUP_ROOT must be the absolute path of a directory"),
    ("EDGE_CACHE_ROOT", "./edge", "EDGE_CACHE_ROOT must be the absolute path of a directory"),
    ("ERROR_PAGES_ROOT", "~/pages", "ERROR_PAGES_ROOT must be the absolute path of a directory"),
    ("UPLOAD_TEMP_DIR", "tmp", "UPLOAD_TEMP_DIR must be the absolute path of a directory"),
    ("S3_BUCKET", "s3://uploads", "S3_BUCKET must be the name of a bucket, without s3://"),
    ("BACKUP_S3_BUCKET", "backups/site", "BACKUP_S3_BUCKET must be the name of a bucket"),
    ("S3_REGION", "Frankfurt (eu)", "S3_REGION must be a region, such as us-east-1."),
    ("AWS_ACCESS_KEY_ID", "AKIA", "AWS_SECRET_ACCESS_KEY must both be set, or neither"),
    ("AWS_SECRET_ACCESS_KEY", "AKIA", "AWS_SECRET_ACCESS_KEY must both be set, or neither"),
    ("METRICS_TOKEN", "token", "METRICS_TOKEN must be 32 or more random characters."),
    ("SENTRY_DSN", "collector.example.org", "SENTRY_DSN is not a valid DSN"),
    ("LANGUAGES", "en,klingon", "LANGUAGES contains klingon, which is not the code"),
    ("LANGUAGES", ",", "LANGUAGES must list the code of each language once"),
    ("LANGUAGES", "en,en", "LANGUAGES must list the code of each language once"),
    ("WEB_CONCURRENCY", "auto", "WEB_CONCURRENCY must be a whole number from 1 to 64"),
    ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY must be a whole number from 1 to 64"),
    ("PORT", "http", "PORT must be a whole number from 1 to 65535"),
    ("PORT", "65536", "PORT must be a whole number from 1 to 65535"),
    ("TWO_STEP_LOGIN", "yes", "TWO_STEP_LOGIN must be 0 or 1."),
]
# Variables that only Docker Compose reads. It refuses wrong values itself.
ONLY_COMPOSE = {"BACKUPS", "IMAGE", "SITE_HOST"}
SET_UP = "import django\ndjango.setup()"
# These values are refused after the production settings were loaded.
LATER = {
    "EMAIL_URL": SET_UP,
    "SENTRY_DSN": SET_UP,
    "TWO_STEP_LOGIN": "import dpa_site.settings.dev",
}


def in_compose(name: str, value: str) -> dict[str, str]:
    """The variable as a container gets it: compose.yaml puts the password into DATABASE_URL."""
    if name != "POSTGRES_PASSWORD":
        return {name: value}
    compose = (settings.BASE_DIR / "compose.yaml").read_text("utf-8")
    url = re.search(r"DATABASE_URL: (\S+?)\$\{POSTGRES_PASSWORD:\?.+?\}(\S+)", compose)
    assert url
    return {"DATABASE_URL": value.join(url.groups())}


@pytest.mark.parametrize(("name", "value", "sentence"), CASES)
def test_unsafe_value_is_rejected(name: str, value: str, sentence: str) -> None:
    run = start(LATER.get(name, ""), **GOOD | in_compose(name, value))
    assert run.returncode == 1
    assert sentence in run.stderr
    assert run.stderr.count("\n") == 1
    assert "sec" not in run.stderr.replace("SECRET", "")  # the passwords in the values above


def test_every_variable_has_a_value_that_is_rejected() -> None:
    example = (settings.BASE_DIR / ".env.example").read_text("utf-8")
    configuration = (settings.BASE_DIR / "docs/configuration.md").read_text("utf-8")
    cells = " ".join(re.findall(r"^\| (`[A-Z].*?) \|", configuration, re.MULTILINE))
    names = set(re.findall(r"`([A-Z0-9_]+)`", cells))
    names |= set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", example, re.MULTILINE))
    assert len(names) > 40
    assert names - ONLY_COMPOSE - {name for name, _value, _sentence in CASES} == set()


def test_image_is_built_with_random_keys() -> None:
    dockerfile = (settings.BASE_DIR / "Dockerfile").read_text("utf-8")
    assert dockerfile.count("_KEY=") == dockerfile.count("_KEY=$(python ") == 2


@pytest.mark.parametrize("command", ["release", "run_worker"])
def test_command_without_database_says_so_in_one_sentence(command: str) -> None:
    code = f"{SET_UP}\nfrom django.core.management import call_command\ncall_command('{command}')"
    run = start(code, **GOOD | {"DATABASE_URL": "postgres://user:secret@127.0.0.1:1/site"})
    assert run.returncode == 1
    assert run.stderr.startswith("The database cannot be used: connection failed: ")
    assert run.stderr.count("\n") == 1
    assert "secret" not in run.stderr


BAD_URLS = ["https://[::1", "https://", "https://cdn.example.org:port/", "https://a:99999/"]
BAD_URLS += ["https://cdn.example.org/a b", "https://b\u00fccher.example/", "ftp://example.org/"]


@pytest.mark.parametrize("name", ["WEBHOOK_URL", "CDN_PURGE_URL", "S3_ENDPOINT_URL"])
@pytest.mark.parametrize("url", BAD_URLS)
def test_url_to_which_no_request_can_be_sent_is_rejected(
    name: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(SystemExit, match=f"^{name} must be a URL with http or https and a host"):
        http_url(name)


@pytest.mark.parametrize(
    "url", ["", "https://example.org", "http://varnish:6081/purge?token=a%20b", "http://[::1]:80/"]
)
def test_url_with_a_host_is_accepted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDN_PURGE_URL", url)
    assert http_url("CDN_PURGE_URL") == url


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL"):
        (tmp_path / name).write_text(GOOD[name] + "\n")
    given = {name: value for name, value in GOOD.items() if not (tmp_path / name).exists()}
    files = {f"{path.name}_FILE": str(path) for path in tmp_path.iterdir()}
    shown = "print(settings.SECRET_KEY, settings.DATABASES['default']['HOST'])"
    run = start(shown, **given | files)
    assert run.stdout == f"{GOOD['SECRET_KEY']} database.invalid\n", run.stderr


def test_manage_py_prints_one_line_error() -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "dpa_site.settings.production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("SECRET_KEY is not set")
    assert run.stderr.count("\n") == 1


def test_plain_http_is_allowed_for_localhost() -> None:
    shown = "print(settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE)"
    run = start(shown, **GOOD | {"SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "localhost"})
    assert run.stdout == "False False\n"


def test_empty_variables_use_defaults() -> None:
    shown = "print(settings.MEDIA_ROOT.name, settings.LANGUAGE_CODE, settings.TIME_ZONE)"
    empty = {"MEDIA_ROOT": "", "LANGUAGES": " ", "TIME_ZONE": "", "CACHE_URL": "", "EMAIL_URL": ""}
    run = start(shown, **GOOD | empty)
    assert run.stdout == "media en America/New_York\n", run.stderr


def test_lists_ignore_spaces_after_commas() -> None:
    shown = "print([code for code, name in settings.LANGUAGES], settings.ALLOWED_HOSTS)"
    lists = {"LANGUAGES": "es, en", "ALLOWED_HOSTS": "www.example.org, example.org"}
    run = start(shown, **GOOD | lists)
    assert run.stdout == "['es', 'en'] ['www.example.org', 'example.org']\n"


def test_deployment_check_passes() -> None:
    code = (
        "import django\n"
        "django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING')"
    )
    run = start(code, **GOOD)
    assert run.returncode == 0, run.stderr


def test_variables_are_documented() -> None:
    folder = settings.BASE_DIR / "dpa_site/settings"
    relaxed = {"dev.py", "test.py"}
    source = "".join(file.read_text() for file in folder.glob("*.py") if file.name not in relaxed)
    readers = r"(?:env\.\w+|required|http_url|directory|matching|whole_number|environ\.get)"
    names = set(re.findall(rf'{readers}\(\s*"([A-Z][A-Z0-9_]+)"', source))
    assert {"SECRET_KEY", "S3_BUCKET", "CDN_PURGE_URL", "EMAIL_URL", "LANGUAGES"} <= names
    example = (settings.BASE_DIR / ".env.example").read_text()
    configuration = (settings.BASE_DIR / "docs/configuration.md").read_text()
    for name in names - {"DEBUG"}:  # DEBUG must not be set
        assert re.search(rf"\b{name}\b", example), f"Add {name} to .env.example."
        assert f"`{name}`" in configuration, f"Describe `{name}` in docs/configuration.md."
