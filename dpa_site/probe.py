"""Checks the web server of this container: `python -m dpa_site.probe /-/ready`.

It imports no settings, because health checks run it every few seconds.
"""

import os
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

TIMEOUT = 2  # seconds


def probe(path: str) -> None:
    """Print the response. Exit with 1 if it is an error or if there is none."""
    url = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}{path}"
    try:
        with urlopen(url, timeout=TIMEOUT) as response:
            sys.stdout.write(response.read().decode())
    except HTTPError as error:
        raise SystemExit(error.read().decode()) from None
    except OSError as error:
        raise SystemExit(f"no response: {error}") from None


if __name__ == "__main__":
    probe(sys.argv[1])
