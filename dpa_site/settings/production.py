"""Production settings, the base of all others. Missing or unsafe values prevent startup.

`dev.py` and `test.py` only relax this file. Every environment variable is read in
this package, and listed in docs/configuration.md and `.env.example`.
"""

import os
import sys
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.http.request import validate_host

from .caching import *  # noqa: F403
from .content_security_policy import *  # noqa: F403
from .environment import (
    BASE_DIR,
    directory,
    env,
    http_url,
    matching,
    parsed,
    required,
    split,
)
from .languages import *  # noqa: F403
from .languages import LANGUAGE_CODE, TEXT_SEARCH_CONFIGS
from .mail import *  # noqa: F403
from .retention import *  # noqa: F403
from .server import *  # noqa: F403
from .staff import *  # noqa: F403
from .storage import *  # noqa: F403

# --- Hosts, keys and HTTPS -----------------------------------------------------------------------

DEBUG = False
if os.environ.get("DEBUG", "").lower() not in {"", "0", "false", "no", "off"}:
    raise SystemExit("DEBUG is set. It would show our code and settings to readers. Remove it.")
SECRET_KEY = required("SECRET_KEY", "it signs sessions and links.")
SECRET_KEY_FALLBACKS = split(env.str("SECRET_KEY_FALLBACKS", ""))
# Submitted personal data is encrypted with the first key and decrypted with any of them.
SIGNATURE_KEYS = [
    required("SIGNATURE_KEY", "it encrypts the email addresses of people who sign."),
    *split(env.str("SIGNATURE_KEY_FALLBACKS", "")),
]
_relaxed = {"dpa_site.settings.dev", "dpa_site.settings.test"} & sys.modules.keys()
for _name, _keys in {
    "SECRET_KEY": [SECRET_KEY],
    "SECRET_KEY_FALLBACKS": SECRET_KEY_FALLBACKS,
    "SIGNATURE_KEY": SIGNATURE_KEYS[:1],
    "SIGNATURE_KEY_FALLBACKS": SIGNATURE_KEYS[1:],
}.items():
    if any(
        len(_key) < 50
        or len(set(_key)) < 10
        or _key.startswith("django-insecure-")
        # These keys are public. Former versions built their image with the last one.
        or (not _relaxed and _key.startswith(("development only", "tests only", "used-once-while")))
        for _key in _keys
    ):
        raise SystemExit(f"{_name} is too weak: it needs 50 or more random characters.")
if SECRET_KEY in SIGNATURE_KEYS:
    raise SystemExit("SIGNATURE_KEY is the same as SECRET_KEY. Use a different key for each.")
ALLOWED_HOSTS = split(required("ALLOWED_HOSTS", "it lists the host names that this site serves."))
if "*" in ALLOWED_HOSTS:
    raise SystemExit("ALLOWED_HOSTS is '*'. List the hosts, or anyone can forge links in emails.")
required("SITE_URL", "it is the public URL, such as https://www.example.org.")
SITE_URL = http_url("SITE_URL").rstrip("/")
_site_url = urlsplit(SITE_URL)
HTTPS = _site_url.scheme == "https"
if _site_url.username is not None or _site_url.path or _site_url.query or _site_url.fragment:
    raise SystemExit("SITE_URL must have nothing before the host, and nothing after it but a port.")
if not HTTPS and not (
    _site_url.scheme == "http" and _site_url.hostname in {"localhost", "127.0.0.1", "::1"}
):
    raise SystemExit(
        f"SITE_URL is {SITE_URL}. It must begin with https://, except on this machine."
    )
if not validate_host(_site_url.hostname or "", ALLOWED_HOSTS):
    raise SystemExit(f"SITE_URL is {SITE_URL}, but ALLOWED_HOSTS does not list its host.")
WAGTAILADMIN_BASE_URL = SITE_URL
CSRF_TRUSTED_ORIGINS = [f"{_site_url.scheme}://{_site_url.netloc}"]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_AGE = None  # until the browser is closed; only pages of staff set this cookie
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "dpa_site",
    "cms",
    "content_files",
    "search",
    "mission",
    "news",
    "stories",
    "issues",
    "actions",
    "editorial",
    "site_settings",
    "pictures",
    "consent",
    "staff",
    "wagtail_localize",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.routable_page",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.snippets",  # the translation editor uses its scripts
    "staff.apps.UsersConfig",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "csp",
    "django.forms",  # for FORM_RENDERER
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "dpa_site.health.HealthMiddleware",
    "dpa_site.observability.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dpa_site.middleware.compression.CompressionMiddleware",
    "dpa_site.caching.headers.ETagMiddleware",
    "dpa_site.caching.headers.CacheHeadersMiddleware",
    "dpa_site.middleware.headers.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dpa_site.middleware.headers.UrlLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "dpa_site.middleware.body_limit.BodyLimitMiddleware",  # before anything reads the body
    "dpa_site.middleware.origin_check.OriginCheckMiddleware",
    "dpa_site.middleware.password_rate_limit.PasswordRateLimitMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "pictures.upload_messages.UploadMessagesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cms.middleware.CurrentUserMiddleware",
    "cms.middleware.UneditablePageMiddleware",
    "cms.middleware.RefusalMiddleware",
    "cms.middleware.BareRefusalMiddleware",
    "cms.middleware.BulkActionMiddleware",  # before FreshProofMiddleware: a wrong id gets 404
    "staff.middleware.FreshProofMiddleware",
    "staff.middleware.PreferredLanguageMiddleware",
    "staff.middleware.SignedOutMiddleware",
    "staff.middleware.AutosaveErrorMiddleware",
    "staff.middleware.LostRoleMiddleware",
    "staff.middleware.OneTimePasswordMiddleware",
    "staff.middleware.TwoFactorMiddleware",
    "editorial.publishing.middleware.PublishingRefusedMiddleware",
    "editorial.redirects.middleware.RedirectMiddleware",
    "consent.middleware.GoneMiddleware",  # last, so that 410 takes precedence over redirects
]

# OriginCheckMiddleware is a subclass of the CSRF middleware that this check looks for.
SILENCED_SYSTEM_CHECKS = ["security.W003"]
CSRF_FAILURE_VIEW = "dpa_site.csrf_failure.form_refused"

ROOT_URLCONF = "dpa_site.urls"
WSGI_APPLICATION = "dpa_site.wsgi.application"

# Our templates may replace those of form fields, such as Wagtail's date picker.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

# --- Data ----------------------------------------------------------------------------------------

required(
    "DATABASE_URL", "it names the PostgreSQL database, such as postgres://user:password@host/name."
)
DATABASES = {"default": parsed(env.dj_db_url, "DATABASE_URL")}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise SystemExit("DATABASE_URL must begin with postgres://. Only PostgreSQL is supported.")
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": 10,  # more than the threads of a web process (4) or of a worker (9)
    "timeout": 2,  # seconds a request waits for a connection while the database is away
}
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 2)
# Replaces pooled connections that PostgreSQL has closed, for example because it was restarted.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A direct connection for notifications, if DATABASE_URL leads through a connection pooler that
# lends a connection for one transaction. Cursors on the server do not work through it either.
DATABASE_LISTEN_URL = env.str("DATABASE_LISTEN_URL", "")
if DATABASE_LISTEN_URL:
    if parsed(env.dj_db_url, "DATABASE_LISTEN_URL")["ENGINE"] != DATABASES["default"]["ENGINE"]:
        raise SystemExit("DATABASE_LISTEN_URL must begin with postgres://, like DATABASE_URL.")
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
EMBEDDED_POSTGRES = False
STYLE_PAGE = False  # the pattern library at /-/style/
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

matching("CACHE_URL", "(redis|rediss|locmem)://.*", "a URL with redis://, rediss:// or locmem://")
CACHES = {
    "default": parsed(env.dj_cache_url, "CACHE_URL", "locmem://"),
    # No cache: pages do not need one, and a cache would keep renditions that other processes
    # deleted.
    "renditions": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    # Counts failed logins across all processes; the `release` command creates the table.
    "log_in": {
        "BACKEND": "staff.failed_log_ins.FailedLogInCache",
        "LOCATION": "staff_failed_log_ins",
        # Large, so that logins with invented usernames do not evict the counts of real usernames.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
if "redis" in CACHES["default"]["BACKEND"]:
    CACHES["default"]["OPTIONS"] = {"socket_timeout": 2, "socket_connect_timeout": 2}  # seconds

# --- Languages -----------------------------------------------------------------------------------

WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "America/New_York")
if TIME_ZONE not in available_timezones():
    raise SystemExit("TIME_ZONE is not the name of a time zone, such as America/New_York.")
LOCALE_PATHS = [BASE_DIR / "locale"]
WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE = False  # new translations are drafts
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where incoming uploads are stored. In the container, /tmp is in memory, which is limited.
FILE_UPLOAD_TEMP_DIR = directory("UPLOAD_TEMP_DIR") or None
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the form of a long page has many fields

# --- Wagtail -------------------------------------------------------------------------------------

WAGTAIL_FINISH_WORKFLOW_ACTION = "editorial.publishing.approval.publish_approved"
WAGTAIL_SITE_NAME = _site_url.hostname
WAGTAILIMAGES_IMAGE_MODEL = "pictures.Picture"
WAGTAILIMAGES_IMAGE_FORM_BASE = "pictures.forms.PictureForm"
# The extensions that file dialogs offer. pictures/cleaning.py checks the content of a file and
# ignores its name.
WAGTAILIMAGES_EXTENSIONS = [
    *("avif", "bmp", "gif", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "png", "svg", "webp"),
]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 40 * 1024 * 1024  # bytes
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64_000_000  # phone photos; pictures/cleaning.py downscales them
WAGTAILIMAGES_RENDITION_STORAGE = "renditions"
WAGTAILIMAGES_AVIF_QUALITY, WAGTAILIMAGES_WEBP_QUALITY, WAGTAILIMAGES_JPEG_QUALITY = 50, 75, 80
PICTURE_SIZES_BY_WORKER = True
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {"WIDGET": "editorial.text_editor.widgets.RichTextArea"}
}
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "pptx", "txt", "xlsx"]
WAGTAILSEARCH_BACKENDS = {
    "default": {
        "BACKEND": "wagtail.search.backends.database",
        "SEARCH_CONFIG": TEXT_SEARCH_CONFIGS.get(LANGUAGE_CODE, "simple"),
    }
}
# Without email, password reset links would appear in the log.
WAGTAIL_PASSWORD_RESET_ENABLED = bool(env.str("EMAIL_URL", ""))
# The operating system's list may contain "localtime", which browsers do not support.
WAGTAIL_USER_TIME_ZONES = sorted(available_timezones() - {"localtime"})
WAGTAIL_PASSWORD_REQUIRED_TEMPLATE = "mission/password_required.html"
WAGTAILDOCS_PASSWORD_REQUIRED_TEMPLATE = "mission/document_password_required.html"
# The CMS must not make the browsers of staff send requests to other hosts.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
LINK_CHECK_SECONDS = 20  # how long check_links runs in each minute of the night
WAGTAILEMBEDS_FINDERS: list[dict] = []  # no embeds: a video is an uploaded file or a link

# Bearer token for /-/metrics, which is disabled without it.
METRICS_TOKEN = matching("METRICS_TOKEN", r"[!-~]{32,}", "32 or more random characters")
# Error reports, without personal data; disabled if empty.
SENTRY_DSN = env.str("SENTRY_DSN", "")

# --- Mail and logs -------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = matching(
    "DEFAULT_FROM_EMAIL", r"([^\r\n<>]*<)?[^@\s<>]+@[^@\s<>]+>?", "an email address"
)
DEFAULT_FROM_EMAIL = DEFAULT_FROM_EMAIL or f"no-reply@{_site_url.hostname}"

# Receives action submissions; disabled if empty.
WEBHOOK_URL = http_url("WEBHOOK_URL")
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", "")
if WEBHOOK_URL and not WEBHOOK_URL.startswith("https://"):
    raise SystemExit("WEBHOOK_URL must begin with https://, because personal data is sent there.")
if (WEBHOOK_URL or WEBHOOK_SECRET) and len(WEBHOOK_SECRET) < 32:
    raise SystemExit("WEBHOOK_SECRET is too weak: it needs 32 or more random characters.")

# Logs go to standard output, without visitors' IP address, browser, referrer or query string.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dpa_site.observability.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "dpa_site": {"level": "INFO"},  # logs each request
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Rejected hosts and URLs are not errors of the server.
        "django.security": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
        # gunicorn would warn at each HEAD request, because it removes the body that Django sends.
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
