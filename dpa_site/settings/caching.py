"""Cache lifetimes for the caches between this site and its visitors.

The page cache in each process is notified of each change. A CDN is purged if CDN_PURGE_URL is set;
otherwise it revalidates after SHARED_CACHE_SECONDS.
"""

from .environment import directory, env, http_url

CDN_PURGE_URL = http_url("CDN_PURGE_URL")
CDN_PURGE_HEADER = env.str("CDN_PURGE_HEADER", "")
if CDN_PURGE_HEADER and ": " not in CDN_PURGE_HEADER:
    raise SystemExit("CDN_PURGE_HEADER must be a name and a value: “Authorization: Bearer …”.")

SHARED_CACHE_SECONDS = 300 if CDN_PURGE_URL else 10
# How long caches may send a stale page while this site is down.
SHARED_CACHE_SECONDS_ON_ERROR = 300 if CDN_PURGE_URL else 600
# The cache directory of nginx, which `web` and the worker empty after a takedown.
EDGE_CACHE_ROOT = directory("EDGE_CACHE_ROOT")
# Where `web` writes the error pages that nginx sends without asking the application.
ERROR_PAGES_ROOT = directory("ERROR_PAGES_ROOT")

# Newsletters, fundraising forms, ads and social media add these query parameters to links, often
# with a different value for each visitor. The page cache and redirects ignore them. These are
# regular expressions of whole names; deploy/nginx.conf repeats them.
TRACKING_PARAMETERS = [
    "utm_[a-z_]+",
    *("fbclid", "igsh", "igshid", "ttclid", "twclid", "msclkid"),
    *("gclid", "gclsrc", "gbraid", "wbraid", "dclid", "gad", "gad_[a-z]+", "srsltid"),
    *("_gl", "_ga"),  # Google Analytics
    *("mc_cid", "mc_eid"),  # Mailchimp
    *("emci", "emdi", "ceid"),  # EveryAction
    *("can_id", "link_id", "email_referrer", "email_subject"),  # Action Network
    "akid",  # ActionKit
    "refcode[0-9A-Za-z_]*",  # ActBlue
    *("_hsenc", "_hsmi", "__hs[a-z]+", "hsCtaTracking", "hsa_[a-z]+"),  # HubSpot
    "mkt_tok",  # Marketo
]

# The page cache stores nothing below these paths: the responses differ per visitor or have their
# own caching. Redirects with “*” are refused there.
UNCACHED_PATHS = ("/admin/", "/account/", "/-/", "/documents/", "/media/", "/static/")
