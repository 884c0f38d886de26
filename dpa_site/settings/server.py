"""Settings of the web server, which dpa_site/web.py and gunicorn.conf.py read."""

from .environment import whole_number

PORT = whole_number("PORT", 8000, 1, 65535)  # hosting platforms set it
WEB_CONCURRENCY = whole_number("WEB_CONCURRENCY", 2, 1, 64)  # processes
