"""Runs gunicorn with gunicorn.conf.py. Options of gunicorn may follow `python -m dpa_site.web`.

When gunicorn is imported, it reads WEB_CONCURRENCY, and fails with a traceback if this is empty or
not a number. So our settings, which exit with a sentence, are imported first.
"""

import sys

from dpa_site.settings import server  # noqa: F401

if __name__ == "__main__":
    from gunicorn.app import wsgiapp

    sys.argv[1:1] = ["dpa_site.wsgi"]
    wsgiapp.run()
