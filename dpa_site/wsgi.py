"""The door that gunicorn enters by."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_site.settings.production")
django_application = get_wsgi_application()

from dpa_site.generation import generation  # noqa: E402  the applications are loaded now
from dpa_site.page_cache import PageCache  # noqa: E402

application = PageCache(django_application, generation)
