"""WSGI entry point: Django behind the page cache."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_site.settings.production")
django_application = get_wsgi_application()

from dpa_site.caching.page_cache import PageCache  # noqa: E402
from dpa_site.caching.version import cache_version  # noqa: E402  needs loaded apps

page_cache = PageCache(django_application, cache_version)


def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    # Django fails at parameters such as charset*=undefined''x, which no browser sends.
    if "*" in environ.get("CONTENT_TYPE", ""):
        environ["CONTENT_TYPE"] = ""
    return page_cache(environ, start_response)
