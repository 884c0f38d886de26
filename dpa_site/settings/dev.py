"""Development settings: production with defaults for the required environment variables."""

import os

_defaults = {
    "SECRET_KEY": "development only, never in production: 0123456789 abcdefghijk",
    "SIGNATURE_KEY": "development only, for signatures: 0123456789 abcdefghijklmnopq",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
    "SITE_URL": f"http://127.0.0.1:{os.environ.get('PORT') or 8000}",
    "DATABASE_URL": "postgres:///embedded",
}
for _name, _value in _defaults.items():
    if not os.environ.get(_name):
        os.environ[_name] = _value

from .production import *  # noqa: E402, F403
from .production import BASE_DIR, DATABASES, LOGGING, STATIC_ROOT, STORAGES, matching  # noqa: E402

DEBUG = True
LOGGING["loggers"]["dpa_site"]["level"] = "WARNING"  # runserver prints each request
STYLE_PAGE = True
PICTURE_SIZES_BY_WORKER = False  # development runs no worker, so uploads make renditions themselves
TWO_STEP_LOGIN = matching("TWO_STEP_LOGIN", "0|1", "0 or 1") == "1"

# Not whether the variable is set: the autoreloader's second process inherits it from this one.
if os.environ["DATABASE_URL"] == _defaults["DATABASE_URL"]:
    from dpa_site.devtools import embedded_postgres

    EMBEDDED_POSTGRES = True
    DATABASES["default"] |= embedded_postgres.ensure(BASE_DIR / "var/postgres")

# Serve files from static/ without hashes in their names, so that an edit shows at the next reload.
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise looks for it
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
