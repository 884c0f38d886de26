"""What stands between us and readers, and how long it may keep a page.

Our own cache at the door hears of each change. Others are told, if EDGE_PURGE_URL says how; else
they ask again soon.
"""

from .environment import env

EDGE_PURGE_URL = env.str("EDGE_PURGE_URL", "")
EDGE_PURGE_HEADER = env.str("EDGE_PURGE_HEADER", "")
if EDGE_PURGE_URL and not EDGE_PURGE_URL.startswith(("https://", "http://")):
    raise SystemExit("EDGE_PURGE_URL must be a URL that begins with https://.")
if EDGE_PURGE_HEADER and ": " not in EDGE_PURGE_HEADER:
    raise SystemExit("EDGE_PURGE_HEADER must be a name and a value: “Authorization: Bearer …”.")

SHARED_CACHE_SECONDS = 600 if EDGE_PURGE_URL else 10
SHARED_CACHE_SECONDS_ON_ERROR = 86_400 if EDGE_PURGE_URL else 600
