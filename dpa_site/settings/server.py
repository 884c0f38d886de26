"""Settings of the web server, which dpa_site/web.py and gunicorn.conf.py read."""

from .environment import whole_number

WEB_CONCURRENCY = whole_number("WEB_CONCURRENCY", 2, 1, 64)  # processes
