"""WSGI entry point: Django behind the page cache."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_site.settings.production")
django_application = get_wsgi_application()

from dpa_site.caching.page_cache import PageCache  # noqa: E402
from dpa_site.caching.version import cache_version  # noqa: E402  needs loaded apps

application = PageCache(django_application, cache_version)
