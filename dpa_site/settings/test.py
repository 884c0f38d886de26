"""Tests: production's settings on a throw-away database, with plain static files."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ |= {
    "SECRET_KEY": "tests only, never in production: 0123456789 abcdefghijklmn",
    "SIGNATURE_KEY": "tests only, for signatures: 0123456789 abcdefghijklmnopqrstu",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "SITE_URL": "http://localhost",
    "LANGUAGES": "en,es",
    "EMAIL_URL": "memory:",
    "CACHE_URL": "locmem://",
}
# Child processes of a test run inherit this value in DATABASE_URL, and must recognize it as the
# embedded database.
EMBEDDED = "postgres:///embedded"
_embedded = (os.environ.get("DATABASE_URL") or EMBEDDED) == EMBEDDED
if _embedded:
    os.environ["DATABASE_URL"] = EMBEDDED

from .production import *  # noqa: E402, F403
from .production import BASE_DIR, DATABASES, STORAGES  # noqa: E402

if _embedded:
    from dpa_site.devtools import embedded_postgres

    EMBEDDED_POSTGRES = True
    DATABASES["default"] |= embedded_postgres.ensure(BASE_DIR / "var/postgres-test", durable=False)

_temp_dir = Path(tempfile.mkdtemp(prefix="dpa-site-test-"))
atexit.register(shutil.rmtree, _temp_dir, ignore_errors=True)
MEDIA_ROOT, STATIC_ROOT = _temp_dir / "media", _temp_dir / "static"
MEDIA_ROOT.mkdir()
STATIC_ROOT.mkdir()
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LINK_CHECK_SECONDS = 0  # check_links stops at once, so tests request no external URLs
STYLE_PAGE = True
TASKS = {"default": {"BACKEND": "tests.tasks.TestBackend"}}
TWO_STEP_LOGIN = False  # the tests of staff/ turn it on
